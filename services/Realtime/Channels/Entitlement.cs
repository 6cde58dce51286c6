using Chat.Access;
using Chat.Contracts;
using Chat.Realtime.Sockets;
using Chat.ServiceDefaults.Tokens;

namespace Chat.Realtime.Channels;

/// <summary>
/// Whether a subscription may have what is in its channel, asked of the authorities. Questions in flight are bounded: a loss of rights in a large server makes all of its
/// subscriptions ask at once.
/// </summary>
internal sealed class Entitlement(IChannelPermissions permissions, SessionStatus sessions, LostAccess lost, EndedSessions ended, TimeProvider time) : IDisposable
{
    private const int AtOnce = 64;

    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(1);

    private readonly SemaphoreSlim _asking = new(AtOnce, AtOnce);

    /// <summary>
    /// True when the person may see the channel and the session stands. Events fetched from the log before this was asked may be sent: whoever lost the
    /// right before they happened is known here. Waits while the answer is older than a loss of rights that was heard of.
    /// </summary>
    public async Task<bool> HoldsAsync(Subscription subscription, CancellationToken cancellationToken)
    {
        for (var pause = FirstPause; ; pause = pause * 2 < LongestPause ? pause * 2 : LongestPause)
        {
            // Read before asking: a doubt that comes meanwhile is not settled by the answer.
            var doubts = subscription.Doubts;
            if (await AskAsync(subscription, cancellationToken) is not { } access)
                return false;
            subscription.Place(access.Server, access.Parent);
            if (access.Rev >= lost.Of(access.Server))
            {
                subscription.Settle(doubts);
                return true;
            }
            await Task.Delay(pause, time, cancellationToken);
        }
    }

    /// <summary>Closes the socket when its session has ended.</summary>
    public async Task<bool> SessionStandsAsync(ClientSocket client, CancellationToken cancellationToken)
    {
        if (!ended.Contains(client.Owner.Session) && await sessions.IsActiveAsync(client.Owner.Session, cancellationToken))
            return true;
        client.Close(SocketClose.SessionRevoked);
        return false;
    }

    public void Dispose() => _asking.Dispose();

    private async Task<ChannelAccess?> AskAsync(Subscription subscription, CancellationToken cancellationToken)
    {
        await _asking.WaitAsync(cancellationToken);
        try
        {
            return await SessionStandsAsync(subscription.Client, cancellationToken)
                && await permissions.GetAsync(subscription.Channel, subscription.Client.Owner.User, cancellationToken) is { } access && access.Allows(Permissions.ViewChannel)
                ? access
                : null;
        }
        finally
        {
            _asking.Release();
        }
    }
}
