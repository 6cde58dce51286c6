using Chat.Contracts;
using Chat.Servers.Access;
using Chat.Servers.Data;
using Microsoft.EntityFrameworkCore;

namespace Chat.Servers.Channels;

/// <summary>
/// What channels allow to single members. It ends with the membership, so that whoever comes back is let into nothing that newcomers do not see. What channels deny them stays until
/// somebody removes it: nobody gets rid of it by leaving.
/// </summary>
internal static class PersonalAccess
{
    /// <summary>Takes it from users who are members no more, within the change that ends their memberships. The caller saves.</summary>
    /// <param name="delta">Of that change: gets what their channels are from now on.</param>
    /// <returns>What is to be told with the change.</returns>
    public static async Task<List<ChannelOverrideChanged>> EndAsync(
        ServersDb db, ModelDelta delta, IReadOnlyCollection<Guid> users, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var concerned = await db.ChannelOverrides
            .Where(row => users.Contains(row.Target) && !row.OfRole && row.Allow != Permissions.None)
            .Where(row => db.Channels.Any(channel => channel.Id == row.Channel && channel.Server == delta.Server))
            .Select(row => row.Channel)
            .Distinct()
            .ToListAsync(cancellationToken);
        var events = new List<ChannelOverrideChanged>();
        if (concerned.Count == 0)
        {
            return events;
        }

        var channels = await db.Channels.AsNoTracking().Where(channel => concerned.Contains(channel.Id)).OrderBy(channel => channel.Id).ToListAsync(cancellationToken);
        var overrides = (await db.ChannelOverrides.Where(row => concerned.Contains(row.Channel)).OrderBy(row => row.Target).ToListAsync(cancellationToken)).ToLookup(row => row.Channel);
        foreach (var channel in channels)
        {
            foreach (var row in overrides[channel.Id].Where(row => users.Contains(row.Target) && row.Allow != Permissions.None))
            {
                row.Allow = Permissions.None;
                events.Add(new ChannelOverrideChanged { Server = delta.Server, Rev = delta.Rev, Channel = channel.Id, Target = row.Target, Allow = row.Allow, Deny = row.Deny, At = now });
            }

            var (left, gone) = (new List<ChannelOverrideRow>(), new List<ChannelOverrideRow>());
            foreach (var row in overrides[channel.Id])
            {
                ((row.Allow | row.Deny) == Permissions.None ? gone : left).Add(row);
            }

            db.RemoveRange(gone);
            delta.WithChannel(channel.Id, new RuledChannel(channel, left).Rules);
        }

        return events;
    }
}
