using Chat.Access;
using Chat.Servers.Data;
using Microsoft.EntityFrameworkCore;

namespace Chat.Servers.Channels;

/// <summary>The channels and categories of a server as a member sees them.</summary>
internal static class ChannelList
{
    /// <summary>The visible channels: those without a category first, then category by category, each in order.</summary>
    public static async Task<(IReadOnlyList<CategoryResponse> Categories, IReadOnlyList<ChannelResponse> Channels)> ReadAsync(
        ServersDb db, Guid server, MemberStanding member, CancellationToken cancellationToken)
    {
        var categories = await db.Categories.AsNoTracking()
            .Where(category => category.Server == server)
            .OrderBy(category => category.Position).ThenBy(category => category.Id)
            .Select(category => new CategoryResponse(category.Id, category.Name, category.Position))
            .ToListAsync(cancellationToken);
        var channels = await db.Channels.AsNoTracking()
            .Where(channel => channel.Server == server)
            .OrderBy(channel => channel.Position).ThenBy(channel => channel.Id)
            .ToListAsync(cancellationToken);
        var overrides = (await db.ChannelOverrides.AsNoTracking()
            .Where(row => db.Channels.Any(channel => channel.Id == row.Channel && channel.Server == server))
            .ToListAsync(cancellationToken)).ToLookup(row => row.Channel, row => new ChannelOverride(row.Target, row.Allow, row.Deny));

        var order = categories.Index().ToDictionary(entry => entry.Item.Id, entry => entry.Index);
        var visible = channels
            .Select(channel => ChannelResponse.Of(channel, EffectivePermissions.Compute(member, new ChannelRules(channel.Private, [.. overrides[channel.Id]]))))
            .Where(channel => channel.Permissions != Contracts.Permissions.None)
            .OrderBy(channel => channel.Category is { } category ? order[category] : -1)
            .ToList();
        return (Shown(categories, member, category => visible.Exists(channel => channel.Category == category.Id)), visible);
    }

    /// <summary>The headings that a member sees: the name of one may tell as much as the name of a channel.</summary>
    /// <param name="inUse">Whether the member sees a channel under it.</param>
    public static List<T> Shown<T>(List<T> categories, MemberStanding member, Predicate<T> inUse) =>
        EffectivePermissions.InServer(member with { Archived = false, TimedOut = false }).HasFlag(Contracts.Permissions.ManageChannels) ? categories : categories.FindAll(inUse);
}
