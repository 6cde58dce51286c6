using System.ComponentModel.DataAnnotations;

namespace Chat.Identity.Sessions;

/// <summary>Configuration section <c>Sessions</c>.</summary>
internal sealed class SessionOptions : IValidatableObject
{
    /// <summary>A sign-in that is not to be remembered ends so long after it began, whatever happens in between.</summary>
    public TimeSpan Lifetime { get; set; } = TimeSpan.FromHours(7);

    /// <summary>A remembered sign-in ends when it was not used for so long …</summary>
    public TimeSpan RememberedFor { get; set; } = TimeSpan.FromDays(30);

    /// <summary>… and in any case so long after it began.</summary>
    public TimeSpan RememberedAtMost { get; set; } = TimeSpan.FromDays(90);

    /// <summary>How long Redis may take to learn which sessions have ended, before whoever has ended them is answered 503 <c>not_yet_effective</c>.</summary>
    [Range(typeof(TimeSpan), "00:00:00.1", "00:01:00")]
    public TimeSpan RedisTimeout { get; set; } = TimeSpan.FromSeconds(2);

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (Lifetime <= TimeSpan.Zero || RememberedFor < Lifetime || RememberedAtMost < RememberedFor)
            yield return new ValidationResult("Sessions: 0 < Lifetime <= RememberedFor <= RememberedAtMost.");
    }
}
