using System.Security.Cryptography;
using Chat.Contracts;
using Chat.Identity.Accounts;
using Chat.Identity.Data;
using Chat.ServiceDefaults.Events;

namespace Chat.Identity.OAuth.Clients;

/// <summary>The bot accounts that clients act as by client credentials. The caller saves and commits.</summary>
internal sealed class ClientBots(IdentityDb db, TimeProvider clock)
{
    private const string UsernamePrefix = "app.";
    private const int UsernameDigits = 12;

    public Guid Add(string clientName, Guid? owner)
    {
        var now = clock.GetUtcNow();
        var username = UsernamePrefix + RandomNumberGenerator.GetHexString(UsernameDigits, lowercase: true);
        var bot = new Account
        {
            Id = Guid.CreateVersion7(now),
            UserName = username,
            NormalizedUserName = username.ToUpperInvariant(),
            DisplayName = DisplayNameFrom(clientName),
            CreatedAt = now,
            IsBot = true,
            OwnerId = owner,
            SecurityStamp = Guid.NewGuid().ToString(),
        };
        db.Add(bot);
        Announce(bot);
        return bot.Id;
    }

    public void Rename(Account bot, string clientName)
    {
        bot.DisplayName = DisplayNameFrom(clientName);
        Announce(bot);
    }

    private void Announce(Account bot) => db.Add(OutboxMessage.From(
        new UserUpdated { User = bot.Id, Username = bot.UserName ?? "", DisplayName = bot.DisplayName, Bot = true, At = clock.GetUtcNow() }, bot.Id.ToString()));

    /// <summary>As much of the name as fits, cut where a character ends.</summary>
    private static string DisplayNameFrom(string clientName)
    {
        var end = 0;
        var characters = System.Globalization.StringInfo.GetTextElementEnumerator(clientName);
        while (characters.MoveNext() && characters.ElementIndex + characters.GetTextElement().Length <= DisplayName.MaxLength)
            end = characters.ElementIndex + characters.GetTextElement().Length;

        return DisplayName.TryParse(clientName[..end], out var name) ? name : "App";
    }
}
