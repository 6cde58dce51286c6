using System.Globalization;
using Chat.ServiceDefaults;

namespace Chat.Messaging.Paging;

/// <summary>The place after an item in a list that is ordered by a time and an id: microseconds since the epoch and the id. Opaque to clients.</summary>
internal readonly record struct TimeCursor(DateTimeOffset At, Guid Id)
{
    /// <summary>Before everything, where the newest comes first.</summary>
    public static TimeCursor End { get; } = new(DateTimeOffset.MaxValue, Guid.AllBitsSet);

    /// <summary>Before everything, where the oldest comes first.</summary>
    public static TimeCursor Beginning { get; } = new(DateTimeOffset.UnixEpoch, Guid.Empty);

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{(At - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond}_{Id:N}");

    /// <summary><paramref name="otherwise"/> when absent, and with an error when it is no cursor of a list like this one.</summary>
    public static TimeCursor Read(string? text, TimeCursor otherwise, List<FieldError> errors)
    {
        if (text is null)
            return otherwise;
        if (text.Split('_') is [var time, var id]
            && long.TryParse(time, NumberStyles.None, CultureInfo.InvariantCulture, out var microseconds)
            && microseconds <= (DateTimeOffset.MaxValue - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond
            && Guid.TryParseExact(id, "N", out var item))
            return new TimeCursor(DateTimeOffset.UnixEpoch.AddTicks(microseconds * TimeSpan.TicksPerMicrosecond), item);
        errors.Add(new FieldError("cursor", "invalid_cursor", "The cursor is not one that this list gave."));
        return otherwise;
    }
}
