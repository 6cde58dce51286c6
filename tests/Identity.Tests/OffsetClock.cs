namespace Chat.Identity.Tests;

/// <summary>The system's clock, set forward by the test. Timers run at their normal pace.</summary>
internal sealed class OffsetClock : TimeProvider
{
    private long _offset;

    public void Advance(TimeSpan by) => Interlocked.Add(ref _offset, by.Ticks);

    public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + new TimeSpan(Interlocked.Read(ref _offset));
}
