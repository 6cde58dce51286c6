using System.Text.RegularExpressions;
using Chat.ServiceDefaults;

namespace Chat.Identity.OAuth.Clients;

/// <summary>Configuration section <c>OAuth:Clients:n</c>.</summary>
internal sealed partial class ConfiguredClient
{
    private const int MinSecretLength = 32;

    public string Id { get; set; } = "";

    public string Name { get; set; } = "";

    /// <summary>None for a public client.</summary>
    public string? Secret { get; set; }

    public string? Homepage { get; set; }

    public IList<string> RedirectUris { get; init; } = [];

    public IList<string> Scopes { get; init; } = [];

    public IList<string> Grants { get; init; } = [];

    public ClientShape Shape => new(Name, string.IsNullOrEmpty(Homepage) ? null : Homepage, [.. RedirectUris], [.. Scopes], [.. Grants], string.IsNullOrEmpty(Secret));

    public IReadOnlyList<string> Validate()
    {
        var errors = new List<FieldError>();
        if (!IsId(Id))
            errors.Add(new FieldError("Id", "invalid", $"1 to {OAuthClient.MaxIdLength} letters, digits, full stops, _ and -."));
        if (Secret is { Length: > 0 and < MinSecretLength })
            errors.Add(new FieldError("Secret", "too_short", $"At least {MinSecretLength} characters: it is guarded by its length alone."));
        Shape.Validate(errors);
        return [.. errors.Select(error => $"{error.Field}: {error.Message}")];
    }

    /// <summary>Whether a text can be a client's id. What cannot never reaches the database.</summary>
    public static bool IsId(string? text) => text is not null && Id64().IsMatch(text);

    [GeneratedRegex(@"^[A-Za-z0-9._-]{1,64}\z", RegexOptions.CultureInvariant)]
    private static partial Regex Id64();
}
