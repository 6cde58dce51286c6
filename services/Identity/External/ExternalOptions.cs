using System.ComponentModel.DataAnnotations;

namespace Chat.Identity.External;

/// <summary>Configuration section <c>External</c>, apart from the providers.</summary>
internal sealed class ExternalOptions
{
    /// <summary>How long a provider may take for one of its two or three answers.</summary>
    [Range(typeof(TimeSpan), "00:00:00.1", "00:00:09")]
    public TimeSpan Timeout { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>Returns from providers that are looked into, a minute and address.</summary>
    [Range(1, 1_000_000)]
    public int PerAddress { get; set; } = 30;
}
