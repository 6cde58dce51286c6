using Chat.Access;
using Chat.Contracts;
using Chat.Servers.Access;
using Chat.Servers.Audit;
using Chat.Servers.Channels;
using Chat.Servers.Data;
using Chat.Servers.Members;
using Chat.Servers.Servers;
using Chat.ServiceDefaults;
using Chat.ServiceDefaults.Idempotency;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;

namespace Chat.Servers.Changes;

/// <summary>What a change did; <see cref="Problem"/> rolls everything back.</summary>
internal readonly record struct ActOutcome<T>(Changed<T>? Done, ProblemHttpResult? Problem)
{
    public static implicit operator ActOutcome<T>(ProblemHttpResult problem) => new(null, problem);

    public static implicit operator ActOutcome<T>(Changed<T> done) => new(done, null);
}

/// <summary>
/// The way every route changes a server. In this order: who is not a member or lacks the permission is turned away without locking anything; the server's row is locked;
/// who may do what is read again under the lock; the change is made, with its audit entry and events, and committed together with its <c>Idempotency-Key</c>; where it took
/// rights away, that has taken effect everywhere before the answer. A change that finds nothing to do answers the same and raises no revision.
/// </summary>
internal sealed class ServerActs(ServersDb db, ServerChanges changes, TimeProvider time)
{
    private static readonly TimeSpan RetrySoon = TimeSpan.FromSeconds(1);

    private Server? _server;
    private Actor? _actor;

    /// <summary>When this request is made; the same throughout it.</summary>
    public DateTimeOffset Now { get; } = time.GetUtcNow();

    /// <summary>The locked server, tracked: what is set here is saved.</summary>
    public Server Server => _server ?? throw new InvalidOperationException("No server is locked.");

    /// <summary>Who acts.</summary>
    public Actor Actor => _actor ?? throw new InvalidOperationException("No server is locked.");

    /// <summary>The revision that this change has if it is recorded.</summary>
    public long Rev => Server.Rev + 1;

    /// <summary>A model delta of this change's revision.</summary>
    public ModelDelta Delta => new(Server.Id, Rev);

    /// <summary>Runs a change that answers 200.</summary>
    /// <param name="request">The bound request; part of what recognises an <c>Idempotency-Key</c>.</param>
    /// <param name="needs">Who may.</param>
    /// <param name="act">Makes the change: edits through the context, then calls <see cref="Record"/>, or neither when there is nothing to do.</param>
    public async Task<Results<Ok<T>, ProblemHttpResult>> RunAsync<T>(
        HttpContext http, Caller caller, Guid server, object? request, Needs needs, Func<CancellationToken, Task<ActOutcome<T>>> act, CancellationToken cancellationToken,
        Guid? subject = null)
    {
        var done = await Idempotency.RunAsync<T>(
            db,
            http,
            caller.Id,
            request,
            async ct =>
            {
                var outcome = await LockedAsync(http, caller, server, needs, act, ct);
                return outcome.Done is { } changed ? TypedResults.Ok(changed.Value) : Refusal(outcome.Problem);
            },
            cancellationToken);
        if (done.Result is ProblemHttpResult problem)
        {
            return problem;
        }

        return await FinishAsync(server, subject, cancellationToken) is { } unavailable ? unavailable : done;
    }

    /// <summary>Runs a change that answers 204; otherwise as <see cref="RunAsync{T}"/>.</summary>
    public async Task<Results<NoContent, ProblemHttpResult>> DoAsync(
        HttpContext http, Caller caller, Guid server, object? request, Needs needs, Func<CancellationToken, Task<ActOutcome<Nothing>>> act, CancellationToken cancellationToken,
        Guid? subject = null) =>
        (await RunAsync(http, caller, server, request, needs, act, cancellationToken, subject)).Result is ProblemHttpResult problem ? problem : TypedResults.NoContent();

    /// <summary>Runs a change that answers 201; otherwise as <see cref="RunAsync{T}"/>.</summary>
    public async Task<Results<Created<T>, ProblemHttpResult>> CreateAsync<T>(
        HttpContext http, Caller caller, Guid server, object? request, Needs needs, Func<CancellationToken, Task<ActOutcome<T>>> act, CancellationToken cancellationToken)
    {
        var done = await Idempotency.CreateAsync<T>(
            db,
            http,
            caller.Id,
            request,
            async ct =>
            {
                var outcome = await LockedAsync(http, caller, server, needs, act, ct);
                return outcome.Done is { } changed ? TypedResults.Created(changed.Location, changed.Value) : Refusal(outcome.Problem);
            },
            cancellationToken);
        if (done.Result is ProblemHttpResult problem)
        {
            return problem;
        }

        return await FinishAsync(server, null, cancellationToken) is { } unavailable ? unavailable : done;
    }

    /// <summary>Says what the change was: raises the revision, and adds audit entry, events and the debt to the transaction.</summary>
    /// <param name="delta">From <see cref="Delta"/>.</param>
    /// <param name="lost">What rights it takes away; null: none.</param>
    /// <param name="audit">What the log says; null where nothing is to be said, as when somebody leaves.</param>
    /// <param name="members">By how many members it alters the count.</param>
    public void Record(ModelDelta delta, AccessLoss? lost, AuditNote? audit, int members, params ReadOnlySpan<IServerEvent> events)
    {
        changes.Record(delta, lost, events);
        Server.Rev = delta.Rev;
        Server.MemberCount += members;
        if (audit is not null)
        {
            Note(audit);
        }
    }

    /// <summary>Says something in the audit log beside the change: another thing that it does, or what is no part of the structure and has no revision and event.</summary>
    public void Note(AuditNote audit) => db.Add(audit.By(Actor, Server.Id, Now));

    /// <summary>
    /// Finishes what an earlier request of this caller committed without being answered, where the request itself would be turned away now; see <see cref="AccessLoss.Subject"/>.
    /// </summary>
    /// <returns>Null when it is effective everywhere.</returns>
    public Task<ProblemHttpResult?> AnswerForAsync(Guid server, Guid subject, CancellationToken cancellationToken) => FinishAsync(server, subject, cancellationToken);

    private static ProblemHttpResult Refusal(ProblemHttpResult? problem) => problem ?? throw new InvalidOperationException("A change neither succeeded nor was refused.");

    private async Task<ActOutcome<T>> LockedAsync<T>(
        HttpContext http, Caller caller, Guid server, Needs needs, Func<CancellationToken, Task<ActOutcome<T>>> act, CancellationToken cancellationToken)
    {
        var (reason, invalid) = AuditReason.Read(http);
        if (invalid is not null)
        {
            return Problems.Validation(invalid);
        }

        // Twice: strangers must not be able to hold up a server, and only what is true under the lock counts.
        if (await RefuseAsync(server, caller, needs, reason, cancellationToken) is { } early)
        {
            return early;
        }

        _server = await db.Servers.FromSql($"select * from servers where id = {server} for update").SingleOrDefaultAsync(cancellationToken);
        if (_server is null)
        {
            return NotFound(needs);
        }

        if (await RefuseAsync(server, caller, needs, reason, cancellationToken) is { } late)
        {
            return late;
        }

        var outcome = await act(cancellationToken);
        if (outcome.Problem is null)
        {
            await db.SaveChangesAsync(cancellationToken);
        }

        return outcome;
    }

    private async Task<ProblemHttpResult?> RefuseAsync(Guid server, Caller caller, Needs needs, string? reason, CancellationToken cancellationToken)
    {
        if (await Memberships.StandingAsync(db, server, caller.Id, Now, cancellationToken) is not { } member)
        {
            return NotFound(needs);
        }

        _actor = new Actor(member.Standing with { Archived = false }, member.Top, reason);
        if (needs.Ownership && !_actor.Owner)
        {
            return ServerProblems.OwnerOnly();
        }

        var granted = needs.Channel is { } id ? await GrantedAsync(server, id, _actor, cancellationToken) : _actor.Granted;
        if (needs.Channel is not null && granted == Permissions.None)
        {
            return NotFound(needs);
        }

        if ((granted & needs.Permission) != needs.Permission)
        {
            return ServerProblems.MissingPermission(needs.Permission);
        }

        return member.Standing.Archived && !needs.EvenArchived ? ServerProblems.Archived() : null;
    }

    private async Task<Permissions> GrantedAsync(Guid server, Guid id, Actor actor, CancellationToken cancellationToken) =>
        await RuledChannel.FindAsync(db.Channels.AsNoTracking(), db.ChannelOverrides.AsNoTracking(), id, cancellationToken) is { } channel && channel.Row.Server == server
            ? EffectivePermissions.Compute(actor.Standing, channel.Rules)
            : Permissions.None;

    private static ProblemHttpResult NotFound(Needs needs) => needs.Channel is null ? ServerProblems.NotFound() : ChannelProblems.NotFound();

    /// <summary>Bounded by time, not by the client's patience.</summary>
    private async Task<ProblemHttpResult?> FinishAsync(Guid server, Guid? subject, CancellationToken cancellationToken)
    {
        // The transaction is over: what is tracked of it must not be saved again.
        db.ChangeTracker.Clear();
        return await changes.TakeEffectAsync(server, subject, changes.Any ? CancellationToken.None : cancellationToken)
            ? null
            : Problems.Unavailable("not_yet_effective", "The change is made, but not every part of the system knows yet. Repeat the request.", RetrySoon);
    }
}

/// <summary>The answer of a change that has nothing to show.</summary>
internal sealed record Nothing
{
    public static Changed<Nothing> Done { get; } = new(new Nothing());
}
