using Chat.Access;
using Chat.Contracts;
using Chat.Realtime.Sockets;
using Chat.ServiceDefaults.Tokens;

namespace Chat.Realtime.Channels;

/// <summary>Whether a subscription may have what is in its channel, asked of the authorities.</summary>
internal sealed class Entitlement(IChannelPermissions permissions, SessionStatus sessions, LostAccess lost, EndedSessions ended, TimeProvider time)
{
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(100);

    /// <summary>
    /// True when the person may see the channel and the session stands. Events fetched from the log before this was asked may be sent: whoever lost the
    /// right before they happened is known here.
    /// </summary>
    public async Task<bool> HoldsAsync(Subscription subscription, CancellationToken cancellationToken)
    {
        var owner = subscription.Client.Owner;
        while (await SessionStandsAsync(subscription.Client, cancellationToken))
        {
            if (await permissions.GetAsync(subscription.Channel, owner.User, cancellationToken) is not { } access || !access.Granted.HasFlag(Permissions.ViewChannel))
                return false;
            subscription.Server = access.Server;
            if (!lost.Contains(access.Server, owner.User))
                return true;
            await Task.Delay(Poll, time, cancellationToken);
        }
        return false;
    }

    /// <summary>Closes the socket when its session has ended.</summary>
    public async Task<bool> SessionStandsAsync(ClientSocket client, CancellationToken cancellationToken)
    {
        if (!ended.Contains(client.Owner.Session) && await sessions.IsActiveAsync(client.Owner.Session, cancellationToken))
            return true;
        client.Close(SocketClose.SessionRevoked);
        return false;
    }
}
