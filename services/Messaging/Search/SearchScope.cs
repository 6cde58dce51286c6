using Chat.Access;
using Chat.Messaging.Access;
using Chat.Messaging.Changes;
using Chat.Messaging.Data;
using Microsoft.EntityFrameworkCore;

namespace Chat.Messaging.Search;

/// <summary>The channels in which somebody may search, as they may view them at this moment.</summary>
internal sealed class SearchScope(MessagingDbContext db, IUserChannels servers, IChannelPermissions permissions, ChannelDirectory directory)
{
    /// <summary>One channel with its threads; null when the person does not see it.</summary>
    public async Task<IReadOnlyList<Guid>?> OfChannelAsync(Guid channel, Guid user, CancellationToken cancellationToken)
    {
        if (await permissions.GetAsync(channel, user, cancellationToken) is null)
            return null;
        return await directory.FindAsync(channel, cancellationToken) is { Kind: ChannelKind.Thread } ? [channel] : await WithThreadsAsync([channel], cancellationToken);
    }

    /// <summary>A server's channels; null when the person is not in it.</summary>
    /// <param name="names">Only those with one of these names or ids; empty: all.</param>
    public async Task<IReadOnlyList<Guid>?> OfServerAsync(Guid server, IReadOnlyList<string> names, Guid user, CancellationToken cancellationToken) =>
        await servers.OfAsync(user, server, cancellationToken) is [var found]
            ? await WithThreadsAsync([.. found.Channels.Where(channel => IsNamed(channel, names)).Select(channel => channel.Id)], cancellationToken)
            : null;

    /// <summary>All channels of all servers the person is in, and all their conversations.</summary>
    /// <param name="names">As in <see cref="OfServerAsync"/>; conversations by their ids.</param>
    public async Task<IReadOnlyList<Guid>> OfEverythingAsync(IReadOnlyList<string> names, Guid user, CancellationToken cancellationToken)
    {
        var channels = (await servers.OfAsync(user, null, cancellationToken)).SelectMany(server => server.Channels).Where(channel => IsNamed(channel, names)).Select(channel => channel.Id);
        var conversations = await db.ConversationMembers.Where(member => member.User == user).Select(member => member.Conversation).ToListAsync(cancellationToken);
        return await WithThreadsAsync([.. channels, .. conversations.Where(id => names.Count == 0 || names.Contains(id.ToString()))], cancellationToken);
    }

    private async Task<IReadOnlyList<Guid>> WithThreadsAsync(List<Guid> channels, CancellationToken cancellationToken)
    {
        var threads = await db.Channels.Where(thread => thread.Parent != null && channels.Contains(thread.Parent.Value)).Select(thread => thread.Id).ToListAsync(cancellationToken);
        return [.. channels, .. threads];
    }

    private static bool IsNamed(UserChannel channel, IReadOnlyList<string> names) =>
        names.Count == 0 || names.Any(name => string.Equals(name, channel.Name, StringComparison.OrdinalIgnoreCase) || name == channel.Id.ToString());
}
