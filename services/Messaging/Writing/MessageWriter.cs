using Chat.Access;
using Chat.Messaging.Conversations;
using Chat.Messaging.Messages;
using Microsoft.Extensions.Options;

namespace Chat.Messaging.Writing;

/// <summary>
/// Stores messages, many in one transaction. A send goes to the lane of its channel (by hash, so that a channel has one lane in this
/// process) and waits in its bounded queue. A lane takes what queued while its last transaction ran, up to
/// <see cref="WriterOptions.GroupSize"/>, and commits it as one group, see <see cref="GroupCommit"/>. There is no timer: alone, a message
/// is a group at once, and the busier a lane is the larger its groups grow.
/// </summary>
/// <remarks>
/// A send that is in a queue is carried out even when its request is gone; the client finds it by the same nonce. Sends that end with
/// <see cref="SendOutcome.StoreUnavailable"/> may or may not be stored, which the nonce makes harmless too.
/// </remarks>
internal sealed class MessageWriter : IHostedService
{
    private readonly Lane[] _lanes;
    private readonly SilentAgreement _agreement;
    private readonly TimeProvider _clock;
    private Task _running = Task.CompletedTask;

    public MessageWriter(GroupCommit commit, WriterTelemetry telemetry, IOptions<WriterOptions> options, SilentAgreement agreement, TimeProvider clock, ILogger<MessageWriter> logger)
    {
        (_agreement, _clock) = (agreement, clock);
        _lanes = [.. Enumerable.Range(0, options.Value.Lanes).Select(_ => new Lane(commit, telemetry, options.Value, clock, logger))];
    }

    /// <summary>Stores one message and returns when it is committed, refused or given up.</summary>
    /// <param name="access">What allows it.</param>
    /// <param name="cancellationToken">Ends the waiting, not the send.</param>
    public async Task<SendOutcome> SendAsync(Guid channel, ChannelAccess access, Author author, ValidMessage message, CancellationToken cancellationToken)
    {
        var outcome = await QueueAsync(channel, access, author, message, cancellationToken);
        if (outcome is not SendOutcome.Unanswered)
            return outcome;
        await _agreement.GiveAsync(access.Server, author, cancellationToken);
        outcome = await QueueAsync(channel, access, author, message, cancellationToken);
        return outcome is SendOutcome.Unanswered ? new SendOutcome.Recheck() : outcome;
    }

    private async Task<SendOutcome> QueueAsync(Guid channel, ChannelAccess access, Author author, ValidMessage message, CancellationToken cancellationToken)
    {
        using var append = WriterTelemetry.StartAppend();
        var pending = new PendingMessage(channel, access, author, message, append, _clock.GetTimestamp());
        var lane = _lanes[(uint)channel.GetHashCode() % (uint)_lanes.Length];
        if (!lane.TryQueue(pending))
            return new SendOutcome.Busy();

        return await pending.Outcome.WaitAsync(cancellationToken);
    }

    public Task StartAsync(CancellationToken cancellationToken)
    {
        _running = Task.WhenAll(_lanes.Select(lane => Task.Run(lane.RunAsync, CancellationToken.None)));
        return Task.CompletedTask;
    }

    /// <summary>Takes no more sends and finishes those that are queued.</summary>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        foreach (var lane in _lanes)
            lane.Complete();
        await _running.WaitAsync(cancellationToken);
    }
}
