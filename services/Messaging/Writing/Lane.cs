using System.Threading.Channels;
using Npgsql;

namespace Chat.Messaging.Writing;

/// <summary>
/// One bounded queue and the loop that commits it group by group. A group that meets a store in trouble is tried once more as a whole,
/// which its nonces make safe; a group in which PostgreSQL refuses some data is halved until the message at fault stands alone.
/// </summary>
internal sealed class Lane(GroupCommit commit, WriterTelemetry telemetry, WriterOptions options, TimeProvider clock, ILogger logger)
{
    private readonly Channel<PendingMessage> _queue = Channel.CreateBounded<PendingMessage>(
        new BoundedChannelOptions(options.QueueLength) { SingleReader = true });

    /// <summary>False when the queue is full or completed; nothing happens to the message then.</summary>
    public bool TryQueue(PendingMessage pending) => _queue.Writer.TryWrite(pending);

    /// <summary>No more messages come: the loop ends when the queue is empty.</summary>
    public void Complete() => _queue.Writer.TryComplete();

    public async Task RunAsync()
    {
        var group = new List<PendingMessage>(options.GroupSize);
        while (await _queue.Reader.WaitToReadAsync())
        {
            TakeGroup(group);
            if (group.Count > 0)
                await WriteAsync(group);
            group.Clear();
        }
    }

    private void TakeGroup(List<PendingMessage> group)
    {
        while (group.Count < options.GroupSize && _queue.Reader.TryRead(out var pending))
        {
            var waited = clock.GetElapsedTime(pending.QueuedAt);
            telemetry.Waited(waited);
            if (waited <= options.MaxWait)
                group.Add(pending);
            else
                pending.Answer(new SendOutcome.Busy());
        }
    }

    private async Task WriteAsync(List<PendingMessage> group)
    {
        try
        {
            await WriteWithRetryAsync(group);
        }
        catch (PostgresException e) when (IsAboutData(e) && group.Count > 1)
        {
            var half = group.Count / 2;
            await WriteAsync(group.GetRange(0, half));
            await WriteAsync(group.GetRange(half, group.Count - half));
        }
        catch (PostgresException e) when (IsAboutData(e))
        {
            logger.LogError(e, "PostgreSQL refuses a message that passed validation in channel {Channel}", group[0].Channel);
            group[0].Answer(new SendOutcome.Rejected());
        }
        catch (Exception e) when (IsStoreTrouble(e))
        {
            logger.LogWarning(e, "A group of {Count} messages could not be committed", group.Count);
            group.ForEach(pending => pending.Answer(new SendOutcome.StoreUnavailable()));
        }
        catch (Exception e)
        {
            // A defect: each request reports it, and the lane lives on for the channels it serves.
            group.ForEach(pending => pending.Fail(e));
        }
    }

    private async Task WriteWithRetryAsync(List<PendingMessage> group)
    {
        var started = clock.GetTimestamp();
        try
        {
            await WriteOnceAsync(group);
        }
        catch (Exception e) when (IsStoreTrouble(e) && clock.GetElapsedTime(started) < options.MaxWait)
        {
            // Mostly a connection that died with the last restart of PostgreSQL; the pool was emptied by the failure.
            logger.LogInformation("A group of {Count} messages is tried again after {Error}", group.Count, e.Message);
            await WriteOnceAsync(group);
        }
    }

    private async Task WriteOnceAsync(List<PendingMessage> group)
    {
        using var span = WriterTelemetry.StartCommit(group);
        using var timeout = new CancellationTokenSource(options.CommitTimeout, clock);
        var started = clock.GetTimestamp();
        await commit.RunAsync(group, timeout.Token);
        telemetry.Committed(group.Count, clock.GetElapsedTime(started));
    }

    // 21, 22, 23, 44: values that do not fit; 54: too large for an index; P0: raised by a trigger.
    private static bool IsAboutData(PostgresException e) => e.SqlState is ['2', '1' or '2' or '3', ..] or ['4', '4', ..] or ['5', '4', ..] or ['P', '0', ..];

    private static bool IsStoreTrouble(Exception e) =>
        e is PostgresException postgres ? !IsAboutData(postgres) : e is NpgsqlException or TimeoutException or OperationCanceledException or IOException;
}
