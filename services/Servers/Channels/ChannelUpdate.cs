using Chat.Contracts;
using Chat.Servers.Audit;
using Chat.Servers.Changes;
using Chat.Servers.Data;
using Chat.Servers.Servers;
using Chat.ServiceDefaults;

namespace Chat.Servers.Channels;

/// <summary>Edits channels, within a change of their server.</summary>
internal sealed class ChannelUpdate(ServersDb db, ServerActs acts, ChannelCreation creation)
{
    /// <param name="wanted">Checked.</param>
    public async Task<ActOutcome<ChannelResponse>> UpdateAsync(RuledChannel channel, ChangeChannel wanted, CancellationToken cancellationToken)
    {
        var row = channel.Row;
        var diff = new AuditDiff();
        if (diff.Add("private", row.Private, wanted.Private.Or(row.Private)) && !acts.Actor.Allows(Permissions.ManageRoles))
        {
            return ServerProblems.MissingPermission(Permissions.ManageRoles);
        }

        if (diff.Add("slowMode", row.SlowMode, wanted.SlowMode.Or(row.SlowMode)) && !Channel.HasSlowMode(row.Kind))
        {
            return Problems.Validation(ChannelProblems.NoSlowMode);
        }

        var target = wanted.Category.Or(row.Category);
        if (diff.Add("category", row.Category, target))
        {
            if (target is { } category && !await creation.CategoryExistsAsync(category, cancellationToken))
            {
                return Problems.Validation(ChannelProblems.NoSuchCategory("category"));
            }

            row.Position = await creation.EndAsync(target, cancellationToken);
            row.Category = target;
        }

        diff.Add("name", row.Name, wanted.Name.Or(row.Name));
        diff.Add("topic", row.Topic, wanted.Topic.Or(row.Topic));
        if (!diff.Any)
        {
            return new Changed<ChannelResponse>(channel.For(acts.Actor.Standing));
        }

        (row.Name, row.Topic, row.SlowMode) = (wanted.Name.Or(row.Name), wanted.Topic.Or(row.Topic), wanted.SlowMode.Or(row.SlowMode));
        var delta = acts.Delta;
        var events = new List<IServerEvent>();
        var hides = !row.Private && wanted.Private.Or(false);
        if (row.Private != wanted.Private.Or(row.Private))
        {
            row.Private = !row.Private;
            if (KeepInSight(channel) is { } kept)
            {
                if (channel.Overrides.Count > ChannelOverrideRow.MaxPerChannel)
                {
                    return ChannelProblems.TooManyOverrides();
                }

                events.Add(kept);
                diff.Add<object?>("override", null, new { kept.Target, kept.Allow, kept.Deny });
            }

            delta = delta.WithChannel(row.Id, channel.Rules);
        }

        events.Insert(0, new ChannelUpdated
        {
            Server = row.Server,
            Rev = acts.Rev,
            Channel = row.Id,
            Name = row.Name,
            Topic = row.Topic,
            SlowMode = row.SlowMode,
            Category = row.Category,
            Private = row.Private,
            At = acts.Now,
        });
        acts.Record(
            delta,
            hides ? new AccessLoss(Channel: row.Id) : null,
            new AuditNote(AuditAction.ChannelUpdated, row.Id, diff.Before, diff.After),
            members: 0,
            [.. events]);
        return new Changed<ChannelResponse>(channel.For(acts.Actor.Standing));
    }

    /// <summary>Who makes a channel private does not shut themselves out; the event of the override that it takes, if any.</summary>
    private ChannelOverrideChanged? KeepInSight(RuledChannel channel)
    {
        if (channel.For(acts.Actor.Standing).Permissions != Permissions.None)
        {
            return null;
        }

        var own = channel.Overrides.Find(row => row.Target == acts.Actor.User);
        if (own is null)
        {
            own = new ChannelOverrideRow { Channel = channel.Row.Id, Target = acts.Actor.User };
            channel.Overrides.Add(own);
            db.Add(own);
        }

        own.Allow |= Permissions.ViewChannel;
        return new ChannelOverrideChanged
        {
            Server = channel.Row.Server,
            Rev = acts.Rev,
            Channel = channel.Row.Id,
            Target = own.Target,
            Allow = own.Allow,
            Deny = own.Deny,
            At = acts.Now,
        };
    }
}
