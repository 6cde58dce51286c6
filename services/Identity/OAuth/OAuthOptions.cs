using System.ComponentModel.DataAnnotations;
using Chat.Identity.OAuth.Clients;

namespace Chat.Identity.OAuth;

/// <summary>Configuration section <c>OAuth</c>.</summary>
internal sealed class OAuthOptions : IValidatableObject
{
    /// <summary>A client that does not renew its tokens for so long is disconnected …</summary>
    public TimeSpan RefreshTokensIdleFor { get; set; } = TimeSpan.FromDays(30);

    /// <summary>… and in any case so long after it was allowed.</summary>
    public TimeSpan RefreshTokensAtMost { get; set; } = TimeSpan.FromDays(180);

    /// <summary>The operator's own clients; nobody can change them but by configuration.</summary>
    public IList<ConfiguredClient> Clients { get; init; } = [];

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (RefreshTokensIdleFor <= TimeSpan.Zero || RefreshTokensAtMost < RefreshTokensIdleFor)
            yield return new ValidationResult("OAuth: 0 < RefreshTokensIdleFor <= RefreshTokensAtMost.");

        foreach (var (index, client) in Clients.Index())
        {
            foreach (var error in client.Validate())
                yield return new ValidationResult($"OAuth:Clients:{index}:{error}");
        }

        if (Clients.DistinctBy(client => client.Id, StringComparer.Ordinal).Count() != Clients.Count)
            yield return new ValidationResult("OAuth:Clients: two have the same Id.");
    }
}
