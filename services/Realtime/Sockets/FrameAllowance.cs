namespace Chat.Realtime.Sockets;

/// <summary>A token bucket of frames: as many at once as a minute allows, then one each time another is earned. Used by one reader.</summary>
internal sealed class FrameAllowance(int perMinute, TimeProvider time)
{
    private double _left = perMinute;
    private long _at = time.GetTimestamp();
    private int _refused;

    /// <summary>Frames refused since the last one that was let through.</summary>
    public int Refused => _refused;

    /// <summary>A client that goes on after so many refusals is not mistaken, it is hostile.</summary>
    public int Patience { get; } = Math.Max(5, perMinute / 4);

    public bool Take()
    {
        var now = time.GetTimestamp();
        _left = Math.Min(perMinute, _left + time.GetElapsedTime(_at, now).TotalMinutes * perMinute);
        _at = now;
        if (_left < 1)
        {
            _refused++;
            return false;
        }
        _left--;
        _refused = 0;
        return true;
    }
}
