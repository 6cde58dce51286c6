using Chat.Contracts;
using Chat.Servers.Audit;
using Chat.Servers.Changes;
using Chat.Servers.Data;
using Chat.Servers.Roles;
using Chat.ServiceDefaults;
using Microsoft.EntityFrameworkCore;

namespace Chat.Servers.Channels;

/// <summary>Creates channels, within a change of their server.</summary>
internal sealed class ChannelCreation(ServersDb db, ServerActs acts)
{
    /// <param name="wanted">Checked.</param>
    public async Task<ActOutcome<ChannelResponse>> CreateAsync(CreateChannel wanted, CancellationToken cancellationToken)
    {
        var server = acts.Server.Id;
        if (wanted.Category is { } category && !await CategoryExistsAsync(category, cancellationToken))
        {
            return Problems.Validation(ChannelProblems.NoSuchCategory("category"));
        }

        if (await db.Channels.CountAsync(channel => channel.Server == server, cancellationToken) >= Channel.MaxPerServer)
        {
            return ChannelProblems.TooManyChannels();
        }

        var channel = new Channel
        {
            Id = Guid.CreateVersion7(acts.Now),
            Server = server,
            Name = wanted.Name ?? "",
            Kind = wanted.Kind ?? "",
            Category = wanted.Category,
            Topic = wanted.Topic,
            SlowMode = wanted.SlowMode,
            Private = wanted.Private,
            Position = await EndAsync(wanted.Category, cancellationToken),
        };
        var created = new RuledChannel(channel, await OverridesAsync(channel, cancellationToken));
        db.Add(channel);
        db.AddRange(created.Overrides);
        acts.Record(
            acts.Delta.WithNewChannel(channel.Id, created.Rules),
            lost: null,
            new AuditNote(AuditAction.ChannelCreated, channel.Id, After: ChannelAudit.Of(channel)),
            members: 0,
            new ChannelCreated
            {
                Server = server,
                Rev = acts.Rev,
                Channel = channel.Id,
                Name = channel.Name,
                Kind = channel.Kind,
                Topic = channel.Topic,
                SlowMode = channel.SlowMode,
                Category = channel.Category,
                Private = channel.Private,
                At = acts.Now,
            });
        return new Changed<ChannelResponse>(created.For(acts.Actor.Standing), $"/api/v1/channels/{channel.Id}");
    }

    public Task<bool> CategoryExistsAsync(Guid category, CancellationToken cancellationToken) =>
        db.Categories.AnyAsync(row => row.Id == category && row.Server == acts.Server.Id, cancellationToken);

    /// <summary>The position behind the last channel of a category, or of those without one.</summary>
    public async Task<int> EndAsync(Guid? category, CancellationToken cancellationToken) =>
        1 + (await db.Channels.Where(row => row.Server == acts.Server.Id && row.Category == category).MaxAsync(row => (int?)row.Position, cancellationToken) ?? -1);

    private async Task<List<ChannelOverrideRow>> OverridesAsync(Channel channel, CancellationToken cancellationToken)
    {
        var overrides = new List<ChannelOverrideRow>();
        if (channel.Kind == Channel.Announcement)
        {
            // What is announced is for all to read, and for those who keep order to write.
            string[] concerned = [BuiltInRole.Guest.Code, BuiltInRole.Member.Code, BuiltInRole.Moderator.Code];
            var roles = await db.Roles.AsNoTracking()
                .Where(role => role.Server == channel.Server && role.BuiltIn != null && concerned.Contains(role.BuiltIn))
                .Select(role => new { role.Id, Writes = role.BuiltIn == BuiltInRole.Moderator.Code })
                .ToListAsync(cancellationToken);
            overrides.AddRange(roles.Select(role => new ChannelOverrideRow
            {
                Channel = channel.Id,
                Target = role.Id,
                OfRole = true,
                Allow = role.Writes ? Permissions.SendMessages : Permissions.None,
                Deny = role.Writes ? Permissions.None : Permissions.SendMessages,
            }));
        }

        if (channel.Private && !acts.Actor.Allows(Permissions.Administrator))
        {
            overrides.Add(new ChannelOverrideRow { Channel = channel.Id, Target = acts.Actor.User, Allow = Permissions.ViewChannel });
        }

        return overrides;
    }
}
