using Chat.Access;
using Chat.Servers.Data;
using Microsoft.EntityFrameworkCore;

namespace Chat.Servers.Channels;

/// <summary>A channel with everything that it changes of its members' rights.</summary>
internal sealed record RuledChannel(Channel Row, List<ChannelOverrideRow> Overrides)
{
    public ChannelRules Rules => new(Row.Private, [.. Overrides.Select(row => new ChannelOverride(row.Target, row.Allow, row.Deny))], Row.SlowMode);

    /// <summary>Reads one for a change: what is set in it is saved.</summary>
    public static Task<RuledChannel?> TrackAsync(ServersDb db, Guid id, CancellationToken cancellationToken) =>
        FindAsync(db.Channels, db.ChannelOverrides, id, cancellationToken);

    /// <summary>Reads one; null when there is none of this id.</summary>
    public static async Task<RuledChannel?> FindAsync(
        IQueryable<Channel> channels, IQueryable<ChannelOverrideRow> overrides, Guid id, CancellationToken cancellationToken) =>
        await channels.SingleOrDefaultAsync(row => row.Id == id, cancellationToken) is { } channel
            ? new RuledChannel(channel, await overrides.Where(row => row.Channel == id).OrderBy(row => row.Target).ToListAsync(cancellationToken))
            : null;

    /// <summary>The channel as a member sees it who may do <see cref="ChannelResponse.Permissions"/> in it.</summary>
    public ChannelResponse For(MemberStanding member) => ChannelResponse.Of(Row, EffectivePermissions.Compute(member, Rules));
}
