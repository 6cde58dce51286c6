using Chat.Access;
using Chat.Contracts;
using Chat.Servers.Access;
using Chat.Servers.Audit;
using Chat.Servers.Changes;
using Chat.Servers.Data;
using Chat.Servers.Roles;
using Chat.Servers.Servers;
using Chat.ServiceDefaults;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;

namespace Chat.Servers.Members;

/// <summary>Changes members within the change of a server that is under way: everything that a request changes is one revision.</summary>
internal sealed class MemberEdits(ServersDb db, ServerActs acts, RolesInChannels channels)
{
    private readonly List<IServerEvent> _events = [];
    private readonly List<AuditNote> _notes = [];
    private ModelDelta? _delta;
    private bool _lost;

    private ModelDelta Delta => _delta ??= acts.Delta;

    public async Task<ActOutcome<MemberResponse>> EditAsync(Guid user, EditMember edit, CancellationToken cancellationToken)
    {
        if (await MemberTarget.FindAsync(db, acts.Server, user, cancellationToken) is not { } target)
        {
            return MemberProblems.NotFound();
        }

        if (edit.Nickname.TryGet(out var nickname) && Rename(target, nickname) is { } unnamed)
        {
            return unnamed;
        }

        if (edit.Roles.TryGet(out var roles) && await SetRolesAsync(target, roles, cancellationToken) is { } unchanged)
        {
            return unchanged;
        }

        // After the roles: who is an administrator no more may be timed out with the same request.
        if (edit.TimeoutUntil.TryGet(out var until) && await TimeOutAsync(target, until, cancellationToken) is { } refused)
        {
            return refused;
        }

        Record(target);
        await db.SaveChangesAsync(cancellationToken);
        return await MemberList.FindAsync(db, acts.Server.Id, user, acts.Now, cancellationToken) is { } edited
            ? new Changed<MemberResponse>(edited)
            : throw new InvalidOperationException("The member who was just edited is not there.");
    }

    /// <summary>Gives one role. Who holds it already keeps it.</summary>
    public Task<ActOutcome<Nothing>> GiveAsync(Guid user, Guid role, CancellationToken cancellationToken) =>
        EditRolesAsync(user, role, static (held, role) => [.. held, role], cancellationToken);

    /// <summary>Takes one role. Who does not hold it goes on without.</summary>
    public Task<ActOutcome<Nothing>> TakeAsync(Guid user, Guid role, CancellationToken cancellationToken) =>
        EditRolesAsync(user, role, static (held, role) => [.. held.Where(one => one != role)], cancellationToken);

    private async Task<ActOutcome<Nothing>> EditRolesAsync(Guid user, Guid role, Func<IEnumerable<Guid>, Guid, IReadOnlyList<Guid>> edit, CancellationToken cancellationToken)
    {
        if (await MemberTarget.FindAsync(db, acts.Server, user, cancellationToken) is not { } target)
        {
            return MemberProblems.NotFound();
        }

        if (await db.Roles.AsNoTracking().SingleOrDefaultAsync(row => row.Server == acts.Server.Id && row.Id == role, cancellationToken) is not { } known)
        {
            return Problems.NotFound("role_not_found", "There is no such role.");
        }

        Guid[] held = [.. target.Row.Roles.Select(one => one.Role)];
        var wanted = edit(held, role);
        if (await SetRolesAsync(target, wanted, cancellationToken) is { } refused)
        {
            return refused;
        }

        // Guest was to be taken, and stays because nothing else is left.
        if (_events.Count == 0 && known.BuiltIn == BuiltInRole.Guest.Code && held.Contains(role) && !wanted.Contains(role))
        {
            return MemberProblems.LastRole();
        }

        Record(target);
        return Nothing.Done;
    }

    private ProblemHttpResult? Rename(MemberTarget target, string? nickname)
    {
        if (!target.IsOpenTo(acts.Actor))
        {
            return MemberProblems.AboveYou();
        }

        var before = target.Row.Nickname;
        if (nickname == before)
        {
            return null;
        }

        target.Row.Nickname = nickname;
        _events.Add(new MemberRenamed { Server = acts.Server.Id, Rev = acts.Rev, User = target.User, Nickname = nickname, At = acts.Now });
        if (target.User != acts.Actor.User)
        {
            _notes.Add(new AuditNote(AuditAction.MemberRenamed, target.User, new { nickname = before }, new { nickname }));
        }

        return null;
    }

    private async Task<ProblemHttpResult?> SetRolesAsync(MemberTarget target, IReadOnlyList<Guid> given, CancellationToken cancellationToken)
    {
        if (!target.IsOpenTo(acts.Actor))
        {
            return MemberProblems.AboveYou();
        }

        var held = target.Row.Roles.Select(one => one.Role).ToHashSet();
        var concerned = given.Union(held).ToList();
        var known = await db.Roles.AsNoTracking()
            .Where(role => role.Server == acts.Server.Id && (concerned.Contains(role.Id) || role.BuiltIn == BuiltInRole.Guest.Code))
            .OrderBy(role => role.Position).ThenBy(role => role.Id)
            .ToListAsync(cancellationToken);
        FieldError[] unknown = [.. given.Index().Where(one => known.All(role => role.Id != one.Item)).Select(one => new FieldError($"roles[{one.Index}]", "unknown", "There is no such role."))];
        if (unknown.Length > 0)
        {
            return Problems.Validation(unknown);
        }

        var wanted = known.Where(role => given.Contains(role.Id)).ToList();
        if (wanted.All(role => role.BuiltIn is null))
        {
            wanted.Add(known.Single(role => role.BuiltIn == BuiltInRole.Guest.Code));
        }

        var (added, taken) = (wanted.Where(role => !held.Contains(role.Id)).ToList(), known.Where(role => held.Contains(role.Id) && !wanted.Contains(role)).ToList());
        if (added.Concat(taken).FirstOrDefault(role => !MayGive(role)) is { } above)
        {
            return ServerProblems.AboveYou(above.BuiltIn == BuiltInRole.Owner.Code
                ? "The Owner role is neither given nor taken: ownership is transferred."
                : $"The role {above.Name} does not stand below you, or grants what you have not got.");
        }

        if (added.Count + taken.Count == 0)
        {
            return null;
        }

        var (before, after) = (Standing(target, known.Where(role => held.Contains(role.Id))), Standing(target, wanted));
        if (!await channels.MayMoveAsync(before, after, [.. added.Concat(taken).Select(role => role.Id)], cancellationToken))
        {
            return ServerProblems.AboveYou("In some channel these roles give or take what you have not got there.");
        }

        await ChangeRolesAsync(target, given, wanted, added, taken, cancellationToken);
        return null;
    }

    private async Task ChangeRolesAsync(MemberTarget target, IReadOnlyList<Guid> given, List<Role> wanted, List<Role> added, List<Role> taken, CancellationToken cancellationToken)
    {
        var endsAt = target.Row.EndsAt;
        Guid[] before = [.. target.Row.Roles.Select(one => one.Role).Order()];
        target.Row.Roles.RemoveAll(one => taken.Exists(role => role.Id == one.Role));
        target.Row.Roles.AddRange(added.Select(role => new MemberRole { Server = acts.Server.Id, User = target.User, Role = role.Id }));
        // Guest that somebody is left with is no gift, and nobody makes their own membership last.
        if (target.User != acts.Actor.User && added.Exists(role => given.Contains(role.Id)))
        {
            target.Row.EndsAt = null;
        }

        Guid[] now = [.. wanted.Select(role => role.Id).Order()];
        Delta.WithMember(target.User, now);
        _events.Add(new MemberRolesChanged { Server = acts.Server.Id, Rev = acts.Rev, User = target.User, Roles = now, At = acts.Now });
        _notes.Add(new AuditNote(
            AuditAction.MemberRolesChanged,
            target.User,
            new { roles = before, endsAt = target.Row.EndsAt == endsAt ? null : endsAt },
            new { roles = now }));
        // A role can also take: by what channels deny to it.
        var gifts = added.ConvertAll(role => role.Id);
        _lost |= taken.Count > 0 || await db.ChannelOverrides.AnyAsync(change => gifts.Contains(change.Target) && change.Deny != Permissions.None, cancellationToken);
    }

    /// <summary>As what a member goes by these roles. Without a timeout, which ends by itself.</summary>
    private static MemberStanding Standing(MemberTarget target, IEnumerable<Role> roles) =>
        new(target.User, target.Owner, [.. roles.Select(role => new HeldRole(role.Id, role.Permissions))]);

    private bool MayGive(Role role) => role.BuiltIn != BuiltInRole.Owner.Code && acts.Actor.Rank.MayHandOut(role.Position, role.Permissions);

    private async Task<ProblemHttpResult?> TimeOutAsync(MemberTarget target, DateTimeOffset? until, CancellationToken cancellationToken)
    {
        // The owner is told that it means nothing, for nobody stands above them.
        if (!target.IsBelow(acts.Actor) && !(target.Owner && acts.Actor.Owner))
        {
            return MemberProblems.AboveYou();
        }

        var (server, user) = (acts.Server.Id, target.User);
        var before = await db.MemberTimeouts.AsNoTracking()
            .Where(timeout => timeout.Server == server && timeout.User == user && timeout.Until > acts.Now)
            .Select(timeout => (DateTimeOffset?)timeout.Until)
            .SingleOrDefaultAsync(cancellationToken);
        if (until is not { } end)
        {
            if (before is not null)
            {
                await db.MemberTimeouts.Where(timeout => timeout.Server == server && timeout.User == user).ExecuteDeleteAsync(cancellationToken);
                Note(AuditAction.MemberTimeoutLifted, null);
            }

            return null;
        }

        if (end <= acts.Now || end > acts.Now + MemberTimeout.Longest)
        {
            return Problems.Validation(new FieldError("timeoutUntil", "out_of_range", $"In the future, at most {MemberTimeout.Longest.Days} days."));
        }

        if (target.Owner || await IsAdministratorAsync(target, cancellationToken))
        {
            return MemberProblems.CannotTimeOut();
        }

        // Whole milliseconds, as everybody is told it.
        end = DateTimeOffset.FromUnixTimeMilliseconds(end.ToUnixTimeMilliseconds());
        if (end == before)
        {
            return null;
        }

        // The row may be an old one that is being cleaned up this moment.
        await db.Database.ExecuteSqlAsync(
            $"insert into member_timeouts (server_id, user_id, until) values ({server}, {user}, {end}) on conflict (server_id, user_id) do update set until = excluded.until",
            cancellationToken);
        _lost |= before is null || end > before;
        Note(AuditAction.MemberTimedOut, end);
        return null;

        void Note(string action, DateTimeOffset? now)
        {
            Delta.WithTimeout(user, now);
            _events.Add(new MemberTimedOut { Server = server, Rev = acts.Rev, User = user, Until = now, At = acts.Now });
            _notes.Add(new AuditNote(action, user, before is null ? null : new { timedOutUntil = before }, now is null ? null : new { timedOutUntil = now }));
        }
    }

    private Task<bool> IsAdministratorAsync(MemberTarget target, CancellationToken cancellationToken)
    {
        var held = target.Row.Roles.ConvertAll(one => one.Role);
        return db.Roles.AnyAsync(role => held.Contains(role.Id) && (role.Permissions & Permissions.Administrator) != Permissions.None, cancellationToken);
    }

    private void Record(MemberTarget target)
    {
        if (_events.Count == 0)
        {
            return;
        }

        acts.Record(Delta, _lost ? new AccessLoss([target.User]) : null, audit: null, members: 0, [.. _events]);
        foreach (var note in _notes)
        {
            acts.Note(note);
        }
    }
}
