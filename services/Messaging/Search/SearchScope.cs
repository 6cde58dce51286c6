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
    /// <param name="names">As in <see cref="OfServerAsync"/>.</param>
    public async Task<IReadOnlyList<Guid>?> OfChannelAsync(Guid channel, IReadOnlyList<string> names, Guid user, CancellationToken cancellationToken)
    {
        if (await permissions.GetAsync(channel, user, cancellationToken) is null)
            return null;
        var all = await directory.FindAsync(channel, cancellationToken) is { Kind: ChannelKind.Thread } ? [channel] : await WithThreadsAsync([channel], cancellationToken);
        return names.Count == 0 ? all : [.. all.Intersect(await OfEverythingAsync(names, user, cancellationToken))];
    }

    /// <summary>A server's channels; null when the person is not in it.</summary>
    /// <param name="names">Only those with one of these names or ids, with their threads, and threads with one of these ids; empty: all.</param>
    public async Task<IReadOnlyList<Guid>?> OfServerAsync(Guid server, IReadOnlyList<string> names, Guid user, CancellationToken cancellationToken) =>
        await servers.OfAsync(user, server, cancellationToken) is [var found]
            ? await NamedAsync([.. found.Channels.Select(channel => (channel.Id, (string?)channel.Name))], names, cancellationToken)
            : null;

    /// <summary>All channels of all servers the person is in, and all their conversations.</summary>
    /// <param name="names">As in <see cref="OfServerAsync"/>; conversations by their ids.</param>
    public async Task<IReadOnlyList<Guid>> OfEverythingAsync(IReadOnlyList<string> names, Guid user, CancellationToken cancellationToken)
    {
        var channels = (await servers.OfAsync(user, null, cancellationToken)).SelectMany(server => server.Channels).Select(channel => (channel.Id, (string?)channel.Name));
        var conversations = await db.ConversationMembers.Where(member => member.User == user).Select(member => member.Conversation).ToListAsync(cancellationToken);
        return await NamedAsync([.. channels, .. conversations.Select(id => (id, (string?)null))], names, cancellationToken);
    }

    private async Task<IReadOnlyList<Guid>> NamedAsync((Guid Id, string? Name)[] seen, IReadOnlyList<string> names, CancellationToken cancellationToken)
    {
        if (names.Count == 0)
            return await WithThreadsAsync([.. seen.Select(channel => channel.Id)], cancellationToken);
        var ids = names.Select(name => Guid.TryParseExact(name, "D", out var id) ? id : Guid.Empty).Where(id => id != Guid.Empty).ToHashSet();
        var found = await WithThreadsAsync([.. seen.Where(channel => ids.Contains(channel.Id) || names.Contains(channel.Name, StringComparer.OrdinalIgnoreCase)).Select(channel => channel.Id)], cancellationToken);
        if (ids.Count == 0)
            return found;
        var places = seen.Select(channel => channel.Id).ToHashSet();
        var threads = await db.Channels.Where(thread => thread.Parent != null && ids.Contains(thread.Id)).Select(thread => new { thread.Id, thread.Parent }).ToListAsync(cancellationToken);
        return [.. found.Union(threads.Where(thread => thread.Parent is { } parent && places.Contains(parent)).Select(thread => thread.Id))];
    }

    private async Task<IReadOnlyList<Guid>> WithThreadsAsync(List<Guid> channels, CancellationToken cancellationToken)
    {
        var threads = await db.Channels.Where(thread => thread.Parent != null && channels.Contains(thread.Parent.Value)).Select(thread => thread.Id).ToListAsync(cancellationToken);
        return [.. channels, .. threads];
    }
}
