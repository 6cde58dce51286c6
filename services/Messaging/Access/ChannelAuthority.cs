using Chat.Access;
using Chat.Messaging.Changes;
using Chat.Messaging.Conversations;

namespace Chat.Messaging.Access;

/// <summary>Who may do what in which channel: of servers' channels by the word of that service, of conversations by their members here, of threads by the channel they hang in.</summary>
internal sealed class ChannelAuthority(ChannelPermissions servers, ChannelDirectory directory, ConversationAccess conversations) : IChannelPermissions
{
    public async ValueTask<ChannelAccess?> GetAsync(Guid channel, Guid user, CancellationToken cancellationToken)
    {
        if (await AuthorityAsync(channel, cancellationToken) is not var (authority, kind))
            return null;
        var access = kind is ChannelKind.Server
            ? await servers.GetAsync(authority, user, cancellationToken)
            : (await conversations.GetAsync([authority], user, cancellationToken)).GetValueOrDefault(authority);
        return access is not null && authority != channel ? access with { Parent = authority } : access;
    }

    public async ValueTask<IReadOnlyDictionary<Guid, ChannelAccess>> GetManyAsync(IReadOnlyCollection<Guid> channels, Guid user, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(channels.Count, ChannelPermissionsLimits.MaxChannels);
        var authorities = new List<(Guid Channel, Guid Authority, ChannelKind Kind)>(channels.Count);
        foreach (var channel in channels)
        {
            if (await AuthorityAsync(channel, cancellationToken) is var (authority, kind))
                authorities.Add((channel, authority, kind));
        }

        Guid[] Of(bool server) => [.. authorities.Where(one => one.Kind is ChannelKind.Server == server).Select(one => one.Authority).Distinct()];
        var ofServers = Of(server: true) is { Length: > 0 } asked ? await servers.GetManyAsync(asked, user, cancellationToken) : new Dictionary<Guid, ChannelAccess>();
        var ofConversations = Of(server: false) is { Length: > 0 } own ? await conversations.GetAsync(own, user, cancellationToken) : new Dictionary<Guid, ChannelAccess>();
        var visible = new Dictionary<Guid, ChannelAccess>(channels.Count);
        foreach (var (channel, authority, kind) in authorities)
        {
            if ((kind is ChannelKind.Server ? ofServers : ofConversations).GetValueOrDefault(authority) is { } access)
                visible[channel] = authority == channel ? access : access with { Parent = authority };
        }

        return visible;
    }

    public async ValueTask<ChannelAudience> AudienceAsync(Guid channel, IReadOnlyCollection<Guid> users, IReadOnlyCollection<Guid> roles, CancellationToken cancellationToken)
    {
        if (await AuthorityAsync(channel, cancellationToken) is not var (authority, kind))
            return ChannelAudience.Nobody;
        return kind is ChannelKind.Server
            ? await servers.AudienceAsync(authority, users, roles, cancellationToken)
            : new ChannelAudience(await conversations.MembersAsync(authority, users, cancellationToken), []);
    }

    /// <summary>Whose permissions count for a channel: its own, a thread's parent's; null: nobody's any more, for the thread is deleted.</summary>
    private async ValueTask<(Guid Channel, ChannelKind Kind)?> AuthorityAsync(Guid channel, CancellationToken cancellationToken)
    {
        var place = await directory.FindAsync(channel, cancellationToken);
        if (place is { Kind: ChannelKind.Thread, Gone: true })
            return null;
        if (place is { Kind: ChannelKind.Thread, Parent: { } parent })
            (channel, place) = (parent, await directory.FindAsync(parent, cancellationToken));
        return (channel, place?.Kind ?? ChannelKind.Server);
    }
}
