using Chat.Identity.Accounts;
using Chat.ServiceDefaults;

namespace Chat.Identity.Bots;

/// <summary><c>POST auth/bots</c>. Without a display name the username is shown as typed.</summary>
internal sealed record BotRequest(string? Username = null, string? DisplayName = null)
{
    public AccountNames? Validate(ReservedNames reserved, ICollection<FieldError> errors) => AccountNames.Parse(Username, DisplayName, reserved, errors);

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
