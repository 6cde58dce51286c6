using Chat.Identity.Accounts;
using Chat.ServiceDefaults;

namespace Chat.Identity.Bots;

/// <summary><c>POST auth/bots</c>. Without a display name the username is shown as typed.</summary>
internal sealed record BotRequest(string? Username = null, string? DisplayName = null)
{
    public (string Username, string DisplayName)? Validate(ReservedNames reserved, ICollection<FieldError> errors)
    {
        if (!Accounts.Username.TryParse(Username, out var username))
        {
            errors.Add(string.IsNullOrEmpty(Username)
                ? new FieldError("username", "required", "A username is required.")
                : new FieldError("username", "invalid", "A username is 2 to 32 of the letters a to z, digits, _ and full stops."));
        }
        else if (reserved.Contains(username))
        {
            errors.Add(new FieldError("username", "reserved", "This name has a meaning of its own."));
        }

        if (!Accounts.DisplayName.TryParse(DisplayName ?? Username, out var displayName) && DisplayName is not null)
            errors.Add(BadDisplayName(DisplayName));

        return username is not null && displayName is not null && errors.Count == 0 ? (username, displayName) : null;
    }

    public static FieldError BadDisplayName(string? text) => text is null
        ? new FieldError("displayName", "required", "A display name is required.")
        : new FieldError("displayName", "invalid", $"A display name is 1 to {Accounts.DisplayName.MaxLength} visible characters.");
}

/// <summary><c>PATCH auth/bots/{id}</c>.</summary>
internal sealed record RenameBotRequest(string? DisplayName = null);

/// <summary>A bot as its owner sees it.</summary>
internal sealed record BotResponse(Guid Id, string Username, string DisplayName, DateTimeOffset CreatedAt)
{
    public static BotResponse From(Account bot) => new(bot.Id, bot.UserName ?? "", bot.DisplayName, bot.CreatedAt);
}

internal sealed record BotList(IReadOnlyList<BotResponse> Items);
