using Chat.ServiceDefaults;

namespace Chat.Identity.Tokens;

/// <summary>The scopes of the API: what a token may be limited to. What each opens is in docs/security.md.</summary>
internal static class TokenScope
{
    public static readonly IReadOnlyList<string> All = ["account:read", "servers:read", "servers:write", "messages:read", "messages:write", "friends:read", "friends:write"];

    /// <summary>The scopes in their order above and without repetition, or null with what is wrong with them.</summary>
    public static List<string>? Parse(IReadOnlyList<string?>? scopes, ICollection<FieldError> errors)
    {
        if (scopes is not { Count: > 0 })
        {
            errors.Add(new FieldError("scopes", "required", "At least one scope is required."));
            return null;
        }

        if (scopes.Count > All.Count)
        {
            errors.Add(new FieldError("scopes", "too_many", $"There are only {All.Count} scopes."));
            return null;
        }

        for (var i = 0; i < scopes.Count; i++)
        {
            if (!All.Contains(scopes[i]))
                errors.Add(new FieldError($"scopes[{i}]", "unknown", $"One of {string.Join(", ", All)}."));
        }

        return errors.Count == 0 ? [.. All.Where(scopes.Contains)] : null;
    }
}
