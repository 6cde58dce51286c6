using System.ComponentModel.DataAnnotations;

namespace Chat.Identity.SigningKeys;

/// <summary>Configuration section <c>SigningKeys</c>.</summary>
internal sealed class SigningKeyOptions : IValidatableObject
{
    /// <summary>How long a key signs.</summary>
    public TimeSpan ActiveFor { get; set; } = TimeSpan.FromDays(30);

    /// <summary>How long before its first use a key is published, so that every validator has fetched it by then.</summary>
    public TimeSpan PublishedBefore { get; set; } = TimeSpan.FromDays(1);

    /// <summary>How long a key stays published after its last use; longer than any token lives.</summary>
    public TimeSpan PublishedAfter { get; set; } = TimeSpan.FromDays(1);

    /// <summary>How often each replica reads the keys and looks whether a new one is due.</summary>
    public TimeSpan CheckEvery { get; set; } = TimeSpan.FromMinutes(1);

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (CheckEvery <= TimeSpan.Zero || PublishedBefore < CheckEvery)
            yield return new ValidationResult("SigningKeys:CheckEvery must be positive and no longer than PublishedBefore.");
        if (PublishedAfter < TimeSpan.FromMinutes(10))
            yield return new ValidationResult("SigningKeys:PublishedAfter must be at least ten minutes: tokens live for five.");
        if (ActiveFor <= PublishedBefore)
            yield return new ValidationResult("SigningKeys:ActiveFor must be longer than PublishedBefore.");
    }
}
