using System.ComponentModel.DataAnnotations;

namespace Chat.Identity.Limits;

/// <summary>Configuration section <c>Attempts</c>.</summary>
internal sealed class AttemptOptions
{
    /// <summary>How long Redis may take to count an attempt, before it is let through without.</summary>
    [Range(typeof(TimeSpan), "00:00:00.1", "00:01:00")]
    public TimeSpan RedisTimeout { get; set; } = TimeSpan.FromSeconds(1);
}
