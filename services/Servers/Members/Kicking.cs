using Chat.Contracts;
using Chat.Servers.Audit;
using Chat.Servers.Changes;
using Chat.Servers.Channels;
using Chat.Servers.Data;

namespace Chat.Servers.Members;

/// <summary>Removes members who may come back.</summary>
internal sealed class Kicking(ServersDb db, ServerActs acts, ServerChanges changes)
{
    /// <summary>Removes a member. Who was removed by a request that was never answered is found removed.</summary>
    public async Task<ActOutcome<Nothing>> KickAsync(Guid user, CancellationToken cancellationToken)
    {
        if (user == acts.Actor.User)
        {
            return MemberProblems.UseLeave();
        }

        if (await MemberTarget.FindAsync(db, acts.Server, user, cancellationToken) is not { } target)
        {
            return await changes.AwaitsAnswerAsync(acts.Server.Id, user, cancellationToken) ? Nothing.Done : MemberProblems.NotFound();
        }

        if (!target.IsBelow(acts.Actor))
        {
            return MemberProblems.AboveYou();
        }

        db.Remove(target.Row);
        var delta = acts.Delta.WithoutMember(user);
        var ended = await PersonalAccess.EndAsync(db, delta, [user], acts.Now, cancellationToken);
        acts.Record(
            delta,
            new AccessLoss([user], Subject: user),
            new AuditNote(AuditAction.MemberKicked, user, target.Shown(ended)),
            members: -1,
            [new MemberKicked { Server = acts.Server.Id, Rev = acts.Rev, User = user, By = acts.Actor.User, At = acts.Now }, .. ended]);
        return Nothing.Done;
    }
}
