using System.Text;
using Chat.Identity.Accounts;
using Chat.ServiceDefaults;

namespace Chat.Identity.Administration;

/// <summary>
/// <c>GET admin/users</c>. <paramref name="Q"/> is an id, a part of at least three characters of a user name, display name or address, or a whole user name shorter than
/// that; <paramref name="State"/> and <paramref name="Role"/> are named as in answers, <paramref name="Kind"/> is <c>person</c> or <c>bot</c>.
/// </summary>
internal sealed record UserQuery(string? Q, string? State, string? Role, string? Kind, int? Limit, string? Cursor)
{
    private const int DefaultLimit = 50;
    private const int MaxLimit = 100;

    public bool TryRead(List<FieldError> errors, out UserFilter filter)
    {
        filter = new UserFilter(Limit ?? DefaultLimit);
        if (filter.Take is < 1 or > MaxLimit)
            errors.Add(new FieldError("limit", "out_of_range", $"From 1 to {MaxLimit}."));

        if (Cursor is not null)
        {
            if (Guid.TryParse(Cursor, out var before))
                filter = filter with { Before = before };
            else
                errors.Add(new FieldError("cursor", "invalid", "Not a cursor of this list."));
        }

        if (!string.IsNullOrWhiteSpace(Q))
        {
            var text = Q.Trim();
            if (text.Length > EmailAddress.MaxLength)
                errors.Add(new FieldError("q", "too_long", $"At most {EmailAddress.MaxLength} characters."));
            else if (text.EnumerateRunes().Any(rune => rune == Rune.ReplacementChar || Rune.IsControl(rune)))
                errors.Add(new FieldError("q", "invalid", "This is not text that could be found."));
            else
                filter = Guid.TryParseExact(text, "D", out var id) ? filter with { Id = id } : filter with { Text = text };
        }

        filter = filter with { State = Named<AccountState>(State, "state", errors), Role = Named<PlatformRole>(Role, "role", errors), Bot = IsBot(errors) };
        return errors.Count == 0;
    }

    private static T? Named<T>(string? name, string field, List<FieldError> errors) where T : struct, Enum
    {
        if (name is null)
            return null;

        foreach (var value in Enum.GetValues<T>())
        {
            if (WireName.Of(value) == name)
                return value;
        }

        errors.Add(new FieldError(field, "invalid", $"One of: {string.Join(", ", Enum.GetValues<T>().Select(WireName.Of))}."));
        return null;
    }

    private bool? IsBot(List<FieldError> errors)
    {
        if (Kind is null or "person" or "bot")
            return Kind is null ? null : Kind == "bot";

        errors.Add(new FieldError("kind", "invalid", "One of: person, bot."));
        return null;
    }
}

/// <summary>What to look for.</summary>
internal sealed record UserFilter(int Take)
{
    public Guid? Before { get; init; }

    public Guid? Id { get; init; }

    public string? Text { get; init; }

    public AccountState? State { get; init; }

    public PlatformRole? Role { get; init; }

    public bool? Bot { get; init; }
}
