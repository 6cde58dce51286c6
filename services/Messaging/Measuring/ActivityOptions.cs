namespace Chat.Messaging.Measuring;

/// <summary>How activity is told, configuration section <c>Activity</c>.</summary>
internal sealed class ActivityOptions
{
    /// <summary>The time between two countings.</summary>
    public TimeSpan Every { get; init; } = TimeSpan.FromMinutes(5);
}
