using System.ComponentModel.DataAnnotations;

namespace Chat.Identity.Lifecycle;

/// <summary>Configuration section <c>Accounts</c>: what becomes of an account whose owner deletes it.</summary>
internal sealed class DeletionOptions : IValidatableObject
{
    /// <summary>How long it can be taken back.</summary>
    public TimeSpan DeletionGrace { get; set; } = TimeSpan.FromDays(14);

    /// <summary>How often to look for accounts whose time has come.</summary>
    public TimeSpan EraseEvery { get; set; } = TimeSpan.FromMinutes(1);

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        // Answers to requests with an Idempotency-Key, and ended sessions, are kept for a day.
        if (DeletionGrace < TimeSpan.FromDays(1) || DeletionGrace > TimeSpan.FromDays(365))
            yield return new ValidationResult("Accounts:DeletionGrace is from 1 to 365 days.");
        if (EraseEvery <= TimeSpan.Zero || EraseEvery > TimeSpan.FromDays(1))
            yield return new ValidationResult("Accounts:EraseEvery is more than nothing and at most a day.");
    }
}
