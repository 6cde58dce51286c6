using System.Globalization;
using Chat.Messaging.Conversations;
using Chat.Messaging.Data;
using Chat.Messaging.Limits;
using Chat.Messaging.Messages;
using Chat.Messaging.Writing;
using Chat.ServiceDefaults;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;
using Npgsql;

namespace Chat.Messaging.Scheduling;

/// <summary>
/// Sends one message that is due, as its author would at that moment. Its row is locked meanwhile, so that other replicas pass it over and its author changes it before or after. The
/// nonce is made of its id: where a process dies between the sending and the end of this transaction the next attempt finds the message sent.
/// </summary>
/// <remarks>A refusal is kept with the row. What may pass (stores and services that are away, permissions that change, slow mode) only postpones it.</remarks>
internal sealed class ScheduledSending(
    MessagingDbContext db, NpgsqlDataSource store, IdentityAccounts identity, IServiceScopeFactory scopes, TimeProvider clock, ILogger<ScheduledSending> logger)
{
    private const string ReplyNotFound = "reply_not_found";

    private static readonly TimeSpan Postponement = TimeSpan.FromSeconds(5);

    /// <summary>Sends the next one that is due.</summary>
    /// <returns>False when there is none that nobody else is at.</returns>
    public async Task<bool> SendNextAsync(CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        await using var transaction = await db.Database.BeginTransactionAsync(cancellationToken);
        var due = await db.Scheduled
            .FromSql($"select * from scheduled_messages where failure is null and try_at <= {now} order by try_at limit 1 for update skip locked")
            .ToListAsync(cancellationToken);
        if (due is not [var row])
            return false;

        switch (await TryAsync(row, cancellationToken))
        {
            case null:
                db.Remove(row);
                break;
            case { Wait: { } wait }:
                row.TryAt = clock.GetUtcNow() + wait;
                break;
            case var refusal:
                (row.Failure, row.FailedAt) = (refusal.Code, clock.GetUtcNow());
                break;
        }

        await db.SaveChangesAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return true;
    }

    /// <summary>Whatever comes in between postpones it: the one that is due first would otherwise hold up all others.</summary>
    private async Task<Refusal?> TryAsync(ScheduledRow row, CancellationToken cancellationToken)
    {
        try
        {
            return await SendAsync(row, cancellationToken);
        }
        catch (Exception e) when (!cancellationToken.IsCancellationRequested)
        {
            logger.LogWarning("The message for later {Id} is not sent this time: {Reason}", row.Id, e.Message);
            return new Refusal("", Postponement);
        }
    }

    /// <returns>Null when it is sent.</returns>
    private async Task<Refusal?> SendAsync(ScheduledRow row, CancellationToken cancellationToken)
    {
        var nonce = $"scheduled {row.Id:N}";
        if (await GroupSql.IsStoredAsync(store, row.Channel, row.Author, nonce, cancellationToken))
            return null;
        var author = await db.Authors.AsNoTracking().Where(known => known.Id == row.Author).Select(known => new Author(known.Id, known.Username, known.DisplayName, null))
            .SingleAsync(cancellationToken);
        // A message sent now may answer a deleted one, for its author sees that; here nobody does.
        if (row.ReplyTo is { } answered && await db.Messages.AnyAsync(message => message.Id == answered && message.DeletedAt != null, cancellationToken))
            return new Refusal(ReplyNotFound);

        if (await RefuseAsync(row.Author, cancellationToken) is { } unused)
            return unused;

        // With a context of its own: this one is in the transaction that holds the row.
        await using var scope = scopes.CreateAsyncScope();
        var limits = scope.ServiceProvider.GetRequiredService<SendLimits>();
        var end = await scope.ServiceProvider.GetRequiredService<MessageSending>().SendAsync(
            row.Channel,
            author,
            _ => new ValidMessage(row.Content, nonce, row.ReplyTo) { FromSchedule = true },
            limits,
            (access, _) => limits.TakeTurnAsync(row.Channel, row.Author, access.SlowMode, nonce, cancellationToken),
            cancellationToken);
        return end switch
        {
            { Problem: null } => null,
            { Outcome: SendOutcome.ReplyNotFound } => new Refusal(ReplyNotFound),
            { Problem: var problem } => new Refusal(Convert.ToString(problem.ProblemDetails.Extensions["code"], CultureInfo.InvariantCulture) ?? "", Wait(problem)),
        };
    }

    /// <summary>Nobody's session vouches for the author at this moment: whether the account is in use is for identity to say.</summary>
    private async Task<Refusal?> RefuseAsync(Guid author, CancellationToken cancellationToken)
    {
        try
        {
            return (await identity.FindAsync([author], cancellationToken)).Any(account => account.Active) ? null : new Refusal("account_disabled");
        }
        catch (ServiceUnavailableException away)
        {
            return new Refusal(away.Code, Postponement);
        }
    }

    private static TimeSpan? Wait(ProblemHttpResult problem) => problem.StatusCode switch
    {
        StatusCodes.Status503ServiceUnavailable => Postponement,
        StatusCodes.Status429TooManyRequests => problem.ProblemDetails.Extensions["retryAfterMs"] is long milliseconds ? TimeSpan.FromMilliseconds(milliseconds) : Postponement,
        _ => null,
    };

    /// <param name="Code">Why.</param>
    /// <param name="Wait">After which it is tried again; null: never.</param>
    private sealed record Refusal(string Code, TimeSpan? Wait = null);
}
