using Chat.Messaging.Acting;
using Chat.Messaging.Data;
using Chat.ServiceDefaults.Events;
using Microsoft.EntityFrameworkCore;
using Npgsql;

namespace Chat.Messaging.Polls;

/// <summary>Closes the polls whose time has come, each in a transaction of its own. That nobody votes any more does not wait for this: a vote looks at the clock.</summary>
internal sealed class PollClosing(IServiceScopeFactory scopes, Outbox outbox, TimeProvider clock, ILogger<PollClosing> logger)
{
    private const int AtOnce = 100;

    private const string Due =
        "SELECT closes_at, channel, seq FROM open_polls WHERE closes_at <= $1 AND (closes_at, channel, seq) > ($2, $3, $4) ORDER BY closes_at, channel, seq LIMIT $5";

    /// <summary>Closes all that are due. One that cannot be closed is left for the next time and does not hinder the others.</summary>
    /// <param name="connection">Where to look for them.</param>
    public async Task RunAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        var last = new DuePoll(DateTimeOffset.UnixEpoch, Guid.Empty, 0);
        while (await DueAsync(connection, last, cancellationToken) is { Count: > 0 } due)
        {
            foreach (var poll in due)
            {
                try
                {
                    await CloseAsync(poll, cancellationToken);
                }
                catch (Exception e) when (e is NpgsqlException or DbUpdateException or TimeoutException)
                {
                    logger.LogWarning("A poll in {Channel} is not closed this time: {Reason}", poll.Channel, e.Message);
                }
            }

            last = due[^1];
        }
    }

    private async Task<List<DuePoll>> DueAsync(NpgsqlConnection connection, DuePoll after, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(Due, connection);
        foreach (var value in (object[])[clock.GetUtcNow(), after.ClosesAt, after.Channel, after.Seq, AtOnce])
            command.Parameters.Add(new() { Value = value });
        await using var rows = await command.ExecuteReaderAsync(cancellationToken);
        var due = new List<DuePoll>();
        while (await rows.ReadAsync(cancellationToken))
            due.Add(new DuePoll(rows.GetFieldValue<DateTimeOffset>(0), rows.GetGuid(1), rows.GetInt64(2)));
        return due;
    }

    private async Task CloseAsync(DuePoll poll, CancellationToken cancellationToken)
    {
        await using var scope = scopes.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<MessagingDbContext>();
        await using var transaction = await db.Database.BeginTransactionAsync(cancellationToken);
        // Without its channel or message it is gone, and so is its row.
        if (await LockedChannel.LockAsync(db, poll.Channel, clock, cancellationToken) is not { } channel
            || await db.Messages.SingleOrDefaultAsync(row => row.Channel == poll.Channel && row.Seq == poll.Seq, cancellationToken) is not { } message)
            return;

        await scope.ServiceProvider.GetRequiredService<PollEnd>().CloseAsync(channel, message, by: null, cancellationToken);
        await channel.SaveAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        outbox.Wake();
    }

    private sealed record DuePoll(DateTimeOffset ClosesAt, Guid Channel, long Seq);
}
