using Chat.Access;
using Chat.Contracts;
using Chat.Servers.Channels;
using Chat.Servers.Data;
using Chat.Servers.Servers;
using Microsoft.EntityFrameworkCore;

namespace Chat.Servers.Templates;

/// <summary>Reads the structure of a server as one of its members sees it, under its lock: a template shows nobody a channel that whoever saves it cannot see.</summary>
internal static class StructureReader
{
    public static async Task<ServerStructure> ReadAsync(ServersDb db, Server server, MemberStanding saver, CancellationToken cancellationToken)
    {
        var roles = await db.Roles.AsNoTracking().Where(role => role.Server == server.Id).OrderBy(role => role.Position).ThenBy(role => role.Id).ToListAsync(cancellationToken);
        var headings = await db.Categories.AsNoTracking()
            .Where(category => category.Server == server.Id)
            .OrderBy(category => category.Position).ThenBy(category => category.Id)
            .ToListAsync(cancellationToken);
        var all = await db.Channels.AsNoTracking()
            .Where(channel => channel.Server == server.Id)
            .OrderBy(channel => channel.Position).ThenBy(channel => channel.Id)
            .ToListAsync(cancellationToken);
        var overrides = (await db.ChannelOverrides.AsNoTracking()
            .Where(row => db.Channels.Any(channel => channel.Id == row.Channel && channel.Server == server.Id))
            .ToListAsync(cancellationToken)).ToLookup(row => row.Channel);

        var channels = all.FindAll(channel => EffectivePermissions.Compute(saver, new RuledChannel(channel, [.. overrides[channel.Id]]).Rules) != Permissions.None);
        var categories = ChannelList.Shown(headings, saver, category => channels.Exists(channel => channel.Category == category.Id));
        var roleAt = roles.Index().ToDictionary(entry => entry.Item.Id, entry => entry.Index);
        var categoryAt = categories.Index().ToDictionary(entry => entry.Item.Id, entry => entry.Index);
        return new ServerStructure(
            ServerStructure.CurrentVersion,
            new StructureSettings(server.Description, server.Category, server.Tags, server.Newcomers),
            [.. roles.Select(role => new StructureRole(role.Name, role.BuiltIn, role.Permissions, role.Colour, role.Hoist, role.Mentionable))],
            [.. categories.Select(category => new StructureCategory(category.Name))],
            [.. channels
                .Select(channel => new StructureChannel(
                    channel.Name,
                    channel.Kind,
                    channel.Category is { } category ? categoryAt[category] : null,
                    channel.Topic,
                    channel.SlowMode,
                    channel.Private,
                    OfRoles(channel.Id)))
                .OrderBy(channel => channel.Category ?? -1)]);

        IReadOnlyList<StructureOverride>? OfRoles(Guid channel) => overrides[channel].Where(row => row.OfRole).ToList() is { Count: > 0 } rows
            ? [.. rows.Where(row => roleAt.ContainsKey(row.Target)).Select(row => new StructureOverride(roleAt[row.Target], row.Allow, row.Deny)).OrderBy(row => row.Role)]
            : null;
    }
}
