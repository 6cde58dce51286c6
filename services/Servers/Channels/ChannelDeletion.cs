using Chat.Contracts;
using Chat.Servers.Audit;
using Chat.Servers.Changes;
using Chat.Servers.Data;
using Chat.ServiceDefaults;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;

namespace Chat.Servers.Channels;

/// <summary>Deletes channels; what depends on them goes with them, in other services by event.</summary>
internal sealed class ChannelDeletion(ServersDb db, ServerActs acts, ChannelActs channels)
{
    public async Task<Results<NoContent, ProblemHttpResult>> DeleteAsync(HttpContext http, Caller caller, Guid channel, CancellationToken cancellationToken) =>
        await UnansweredAsync(channel, caller, cancellationToken) is { } server
            ? await acts.DoAsync(
                http, caller, server, null, Needs.Membership with { EvenArchived = true }, _ => Task.FromResult<ActOutcome<Nothing>>(Nothing.Done), cancellationToken, subject: channel)
            : await channels.DoAsync(http, caller, new ChannelRequest(channel, Permissions.DeleteChannels, Subject: channel), Delete, cancellationToken);

    private Task<ActOutcome<Nothing>> Delete(RuledChannel channel, CancellationToken cancellationToken)
    {
        var row = channel.Row;
        db.Remove(row);
        acts.Record(
            acts.Delta.WithoutChannel(row.Id),
            new AccessLoss(Channel: row.Id, Subject: row.Id),
            new AuditNote(AuditAction.ChannelDeleted, row.Id, Before: ChannelAudit.Of(row)),
            members: 0,
            new ChannelDeleted { Server = row.Server, Rev = acts.Rev, Channel = row.Id, At = acts.Now });
        return Task.FromResult<ActOutcome<Nothing>>(Nothing.Done);
    }

    /// <summary>The server of a channel that the caller has deleted, if nobody could be told yet that it is gone everywhere.</summary>
    private Task<Guid?> UnansweredAsync(Guid channel, Caller caller, CancellationToken cancellationToken) =>
        db.UnsettledChanges
            .Where(change => change.Subject == channel
                && db.AuditLog.Any(entry => entry.Server == change.Server && entry.Target == channel && entry.Action == AuditAction.ChannelDeleted && entry.Actor == caller.Id))
            .Select(change => (Guid?)change.Server)
            .FirstOrDefaultAsync(cancellationToken);
}
