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
        var altered = new AuditDifference();
        var becomesPrivate = altered.Note("private", row.Private, wanted.Private.Or(row.Private));
        if (becomesPrivate != row.Private && !acts.Actor.Allows(Permissions.ManageRoles))
        {
            return ServerProblems.MissingPermission(Permissions.ManageRoles);
        }

        var slowMode = altered.Note("slowMode", row.SlowMode, wanted.SlowMode.Or(row.SlowMode));
        if (slowMode != row.SlowMode && !Channel.HasSlowMode(row.Kind))
        {
            return Problems.Validation(ChannelProblems.NoSlowMode);
        }

        var target = altered.Note("category", row.Category, wanted.Category.Or(row.Category));
        if (target != row.Category)
        {
            if (target is { } category && !await creation.CategoryExistsAsync(category, cancellationToken))
            {
                return Problems.Validation(ChannelProblems.NoSuchCategory("category"));
            }

            row.Position = await creation.EndAsync(target, cancellationToken);
            row.Category = target;
        }

        var nameBefore = row.Name;
        row.Name = altered.Note("name", row.Name, wanted.Name.Or(row.Name));
        row.Topic = altered.Note("topic", row.Topic, wanted.Topic.Or(row.Topic));
        var rulesChange = slowMode != row.SlowMode || becomesPrivate != row.Private;
        row.SlowMode = slowMode;
        if (!altered.Any)
        {
            return new Changed<ChannelResponse>(channel.For(acts.Actor.Standing));
        }

        var delta = acts.Delta;
        var events = new List<IServerEvent>();
        var hides = becomesPrivate && !row.Private;
        if (becomesPrivate != row.Private)
        {
            row.Private = becomesPrivate;
            if (KeepInSight(channel) is { } kept)
            {
                if (channel.Overrides.Count > ChannelOverrideRow.MaxPerChannel)
                {
                    return ChannelProblems.TooManyOverrides();
                }

                events.Add(kept);
                altered.Note<object?>("override", null, new { kept.Target, kept.Allow, kept.Deny });
            }
        }

        if (rulesChange)
        {
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
            PreviousName = row.Name == nameBefore ? null : nameBefore,
            By = acts.Actor.User,
            At = acts.Now,
        });
        acts.Record(
            delta,
            hides ? new AccessLoss(Channel: row.Id) : null,
            altered.As(AuditAction.ChannelUpdated, row.Id),
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
