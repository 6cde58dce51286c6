using Chat.Contracts;
using Chat.Identity.Accounts;
using Chat.Identity.Data;
using Chat.Identity.Sessions;
using Chat.ServiceDefaults;
using Chat.ServiceDefaults.Events;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;
using Npgsql;

namespace Chat.Identity.Bots;

/// <summary>Accounts that programs act as. A bot has an owner, no address and no password: it comes in by the access tokens its owner makes for it.</summary>
internal sealed class BotAccounts(IdentityDb db, SessionOpening opening, ILookupNormalizer normalizer, TimeProvider clock)
{
    public const int MostPerOwner = 25;

    /// <summary>Runs inside the caller's transaction.</summary>
    public async Task<Results<Created<BotResponse>, ProblemHttpResult>> CreateAsync(Caller caller, string username, string displayName, CancellationToken cancellation)
    {
        var owner = caller.Id;
        if (!await opening.HoldAsync(caller, cancellation))
            return Problems.Unauthorized("unauthenticated", "This account may not be used any more.");
        if (await db.Users.CountAsync(a => a.OwnerId == owner && a.State == AccountState.Active, cancellation) >= MostPerOwner)
            return Problems.Conflict("too_many_bots", $"At most {MostPerOwner} bots. Delete one first.");

        var now = clock.GetUtcNow();
        var bot = new Account
        {
            Id = Guid.CreateVersion7(now),
            UserName = username,
            NormalizedUserName = normalizer.NormalizeName(username),
            DisplayName = displayName,
            IsBot = true,
            OwnerId = owner,
            CreatedAt = now,
            SecurityStamp = Guid.NewGuid().ToString("N"),
        };
        db.Add(bot);
        db.Add(OutboxMessage.From(Announcement(bot, now), bot.Id.ToString()));
        try
        {
            await db.SaveChangesAsync(cancellation);
        }
        catch (DbUpdateException exception) when (exception.InnerException is PostgresException { SqlState: PostgresErrorCodes.UniqueViolation })
        {
            return Problems.Conflict("username_taken", "This username is taken.");
        }

        return TypedResults.Created($"/api/v1/auth/bots/{bot.Id}", BotResponse.From(bot));
    }

    public async Task<BotResponse?> RenameAsync(Guid id, string displayName, CancellationToken cancellation)
    {
        await using var transaction = await db.Database.BeginTransactionAsync(cancellation);
        if (!await opening.HoldAsync(id, stamp: null, cancellation))
            return null;

        var bot = await db.Users.SingleAsync(a => a.Id == id, cancellation);
        if (bot.DisplayName != displayName)
        {
            bot.DisplayName = displayName;
            db.Add(OutboxMessage.From(Announcement(bot, clock.GetUtcNow()), id.ToString()));
            await db.SaveChangesAsync(cancellation);
        }

        await transaction.CommitAsync(cancellation);
        return BotResponse.From(bot);
    }

    private static UserUpdated Announcement(Account bot, DateTimeOffset now) =>
        new() { User = bot.Id, Username = bot.UserName ?? "", DisplayName = bot.DisplayName, Avatar = bot.Avatar, Bot = true, At = now };
}
