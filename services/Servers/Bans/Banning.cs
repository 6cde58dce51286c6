using Chat.Contracts;
using Chat.Servers.Audit;
using Chat.Servers.Changes;
using Chat.Servers.Channels;
using Chat.Servers.Data;
using Chat.Servers.Members;
using Chat.ServiceDefaults;
using Microsoft.EntityFrameworkCore;

namespace Chat.Servers.Bans;

/// <summary>Shuts users out of a server and lets them in again, within the change that is under way. Whoever joins looks for a ban under the same lock.</summary>
internal sealed class Banning(ServersDb db, ServerActs acts)
{
    private const string Self = "self", Owner = "owner", AboveYou = "above_you";

    /// <summary>Bans one user. Again, it updates the reason and removes messages again.</summary>
    public async Task<ActOutcome<BanResponse>> BanAsync(Guid user, BanTerms terms, CancellationToken cancellationToken)
    {
        var outcome = await BanAllAsync([user], terms, cancellationToken);
        if (outcome.Refused is [var refused])
        {
            return refused.Code switch
            {
                Self => Problems.Conflict("cannot_ban_self", "You cannot ban yourself."),
                _ => MemberProblems.AboveYou(),
            };
        }

        await db.SaveChangesAsync(cancellationToken);
        return await BanList.FindAsync(db, acts.Server.Id, user, cancellationToken) is { } ban
            ? new Changed<BanResponse>(ban)
            : throw new InvalidOperationException("The ban that was just written is not there.");
    }

    /// <summary>Bans those who may be banned, all with one revision.</summary>
    public async Task<ActOutcome<BansResponse>> BanManyAsync(IReadOnlyList<Guid> users, BanTerms terms, CancellationToken cancellationToken) =>
        new Changed<BansResponse>(await BanAllAsync(users, terms, cancellationToken));

    public async Task<ActOutcome<Nothing>> UnbanAsync(Guid user, CancellationToken cancellationToken)
    {
        if (await db.Bans.SingleOrDefaultAsync(ban => ban.Server == acts.Server.Id && ban.User == user, cancellationToken) is not { } ban)
        {
            return BanList.NotFound();
        }

        db.Remove(ban);
        acts.Record(
            acts.Delta,
            lost: null,
            new AuditNote(AuditAction.MemberUnbanned, user, new { reason = ban.Reason, by = ban.By, bannedAt = ban.CreatedAt }),
            members: 0,
            new MemberUnbanned { Server = acts.Server.Id, Rev = acts.Rev, User = user, At = acts.Now });
        return Nothing.Done;
    }

    private async Task<BansResponse> BanAllAsync(IReadOnlyList<Guid> users, BanTerms terms, CancellationToken cancellationToken)
    {
        var members = await MembersAsync(users, cancellationToken);
        RefusedBan[] refused = [.. users.Select(user => (User: user, Code: Refuse(user, members))).Where(one => one.Code is not null).Select(one => new RefusedBan(one.User, one.Code ?? ""))];
        Guid[] banned = [.. users.Except(refused.Select(one => one.User))];
        await RecordAsync(banned, members, terms, cancellationToken);
        return new BansResponse(banned, refused);
    }

    private string? Refuse(Guid user, Dictionary<Guid, MemberTarget> members) =>
        user == acts.Actor.User ? Self
        : user == acts.Server.Owner ? Owner
        : members.TryGetValue(user, out var member) && !member.IsBelow(acts.Actor) ? AboveYou
        : null;

    private async Task RecordAsync(Guid[] banned, Dictionary<Guid, MemberTarget> members, BanTerms terms, CancellationToken cancellationToken)
    {
        var since = acts.Now - terms.DeleteMessages;
        var bans = await db.Bans.Where(ban => ban.Server == acts.Server.Id && banned.Contains(ban.User)).ToDictionaryAsync(ban => ban.User, cancellationToken);
        var reason = terms.Reason ?? acts.Actor.Reason;
        var (delta, events, removed) = (acts.Delta, new List<IServerEvent>(), banned.Where(members.ContainsKey).ToList());
        var ended = await PersonalAccess.EndAsync(db, delta, removed, acts.Now, cancellationToken);
        foreach (var user in banned)
        {
            var (ban, member) = (bans.GetValueOrDefault(user), members.GetValueOrDefault(user));
            var kept = reason ?? ban?.Reason;
            kept = string.IsNullOrEmpty(kept) ? null : kept;
            if (ban is not null && ban.Reason == kept && since is null)
            {
                continue;
            }

            acts.Note(new AuditNote(AuditAction.MemberBanned, user, Before(ban, member, ended), new { reason = kept, deleteMessagesSince = since }) { Reason = kept });
            events.Add(new MemberBanned { Server = acts.Server.Id, Rev = acts.Rev, User = user, By = acts.Actor.User, DeleteMessagesSince = since, At = acts.Now });
            if (ban is null)
            {
                db.Add(new Ban { Server = acts.Server.Id, User = user, Reason = kept, By = acts.Actor.User, Rev = acts.Rev, CreatedAt = acts.Now });
            }
            else
            {
                ban.Reason = kept;
            }

            if (member is not null)
            {
                db.Remove(member.Row);
                delta.WithoutMember(user);
            }
        }

        if (events.Count > 0)
        {
            acts.Record(delta, removed.Count > 0 ? new AccessLoss(removed) : null, audit: null, members: -removed.Count, [.. events, .. ended]);
        }
    }

    private static object? Before(Ban? ban, MemberTarget? member, IEnumerable<ChannelOverrideChanged> ended) => ban is not null ? new { reason = ban.Reason } : member?.Shown(ended);

    private async Task<Dictionary<Guid, MemberTarget>> MembersAsync(IReadOnlyList<Guid> users, CancellationToken cancellationToken) =>
        (await MemberTarget.FindAllAsync(db, acts.Server, users, cancellationToken)).ToDictionary(member => member.User);
}
