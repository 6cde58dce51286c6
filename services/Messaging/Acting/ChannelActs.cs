using Chat.Access;
using Chat.Contracts;
using Chat.Messaging.Access;
using Chat.Messaging.Conversations;
using Chat.Messaging.Data;
using Chat.Messaging.Messages;
using Chat.Messaging.Writing;
using Chat.ServiceDefaults;
using Chat.ServiceDefaults.Events;
using Microsoft.AspNetCore.Http.HttpResults;
using Npgsql;

namespace Chat.Messaging.Acting;

/// <summary>What an act led to. <see cref="Problem"/> rolls everything back.</summary>
internal readonly record struct ActOutcome<T>(T? Value, ProblemHttpResult? Problem) where T : class
{
    public static implicit operator ActOutcome<T>(ProblemHttpResult problem) => new(null, problem);

    public static implicit operator ActOutcome<T>(T value) => new(value, null);
}

/// <summary>What an act works with: the locked channel, who acts, and what they may do there.</summary>
internal sealed record ChannelAct(LockedChannel Channel, ChannelAccess Access, Caller Caller)
{
    public Author Author => new(Caller.Id, Caller.Username, Caller.DisplayName);

    /// <summary>
    /// What keeps the caller from writing here whatever their roles say: a locked thread, or their own request to talk that nobody has agreed to. <see cref="Access"/> is without the rights
    /// that it takes. Null: nothing does.
    /// </summary>
    public ProblemHttpResult? Shut { get; init; }

    public bool Allows(Permissions wanted) => Access.Allows(wanted);

    /// <summary>403 for who may not write here: by what shuts it, or for want of the permission.</summary>
    public ProblemHttpResult MayNotWrite() => Shut ?? ChannelActs.MissingPermission();
}

/// <summary>
/// The way every request changes something in a channel, but for sending. In this order: who does not see the channel or lacks the permission is turned away without locking
/// anything; the channel's row is locked; where rights were taken away since the permissions were read they are read again (<see cref="Fences.Fence"/>); the act changes what it finds
/// under the lock; revisions, counter and events are saved with it and committed. An act that changes nothing answers the same and raises no revision.
/// Takes part in the context's transaction if there is one: its owner has called <see cref="AdoptAsync"/> before, and commits and wakes the outbox then.
/// </summary>
internal sealed class ChannelActs(
    MessagingDbContext db, NpgsqlDataSource store, IChannelPermissions permissions, ChannelDirectory directory, ChannelTurns turns, Outbox outbox, TimeProvider clock)
{
    /// <summary>How long an act waits for those before it in the channel, on this replica.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(15);

    /// <summary>Each further time takes another loss of rights in the server since the last.</summary>
    private const int MaxAttempts = 5;

    /// <summary>What <see cref="ChannelAct.Shut"/> takes.</summary>
    private const Permissions Writing = Permissions.SendMessages | Permissions.AddReactions | Permissions.AttachFiles;

    private static readonly TimeSpan RetrySoon = TimeSpan.FromSeconds(1);

    /// <summary>Runs an act that answers 200 with the message it names, as the caller sees it after the act.</summary>
    public async Task<Results<Ok<Message>, ProblemHttpResult>> ChangeAsync(
        Guid channel, Caller caller, Permissions needs, Func<ChannelAct, CancellationToken, Task<ActOutcome<MessageRow>>> act, CancellationToken cancellationToken)
    {
        var outcome = await RunAsync(channel, null, caller, needs, act, async (locked, row, ct) => (await locked.ReadAsync([row.Seq], caller.Id, ct))[0], cancellationToken);
        return outcome.Value is { } message ? TypedResults.Ok(message) : Refusal(outcome.Problem);
    }

    /// <summary>Runs an act that answers 204.</summary>
    public async Task<Results<NoContent, ProblemHttpResult>> DoAsync(
        Guid channel, Caller caller, Permissions needs, Func<ChannelAct, CancellationToken, Task<ProblemHttpResult?>> act, CancellationToken cancellationToken)
    {
        var outcome = await RunAsync<object>(
            channel, caller, needs, async (locked, ct) => await act(locked, ct) is { } problem ? problem : new ActOutcome<object>(locked, null), cancellationToken);
        return outcome.Problem is { } problem ? problem : TypedResults.NoContent();
    }

    /// <summary>Runs an act that answers whatever it makes of it.</summary>
    public Task<ActOutcome<T>> RunAsync<T>(
        Guid channel, Caller caller, Permissions needs, Func<ChannelAct, CancellationToken, Task<ActOutcome<T>>> act, CancellationToken cancellationToken) where T : class =>
        RunAsync(channel, null, caller, needs, act, (_, value, _) => Task.FromResult(value), cancellationToken);

    /// <summary>The same, with the row of a second channel locked besides: both in the order of their ids.</summary>
    public Task<ActOutcome<T>> RunAsync<T>(
        Guid channel, Guid besides, Caller caller, Permissions needs, Func<ChannelAct, CancellationToken, Task<ActOutcome<T>>> act, CancellationToken cancellationToken) where T : class =>
        RunAsync(channel, besides, caller, needs, act, (_, value, _) => Task.FromResult(value), cancellationToken);

    /// <summary>
    /// Gives a channel's row from before servers were kept its server. Whoever brings a transaction does so before it begins: within it this would wait, on a connection of its own, for
    /// what the transaction holds.
    /// </summary>
    public async Task AdoptAsync(Guid channel, ChannelAccess access, CancellationToken cancellationToken)
    {
        if (await directory.FindAsync(channel, cancellationToken) is { Server: null })
            await ChannelAdoption.AdoptAsync(store, channel, access, cancellationToken);
    }

    private async Task<ActOutcome<TAnswer>> RunAsync<T, TAnswer>(
        Guid channel,
        Guid? besides,
        Caller caller,
        Permissions needs,
        Func<ChannelAct, CancellationToken, Task<ActOutcome<T>>> act,
        Func<LockedChannel, T, CancellationToken, Task<TAnswer>> answer,
        CancellationToken cancellationToken) where T : class where TAnswer : class
    {
        for (var attempt = 1; attempt <= MaxAttempts; attempt++)
        {
            if (await permissions.GetAsync(channel, caller.Id, cancellationToken) is not { } access)
                return MessagesApi.ChannelNotFound();
            if (!access.Allows(needs))
                return MissingPermission();

            // Who brings a transaction has a connection already, and must not wait with it for somebody who waits for one.
            var joins = db.Database.CurrentTransaction is not null;
            if (!joins)
                await AdoptAsync(channel, access, cancellationToken);

            db.ChangeTracker.Clear();
            using var turn = joins ? null : await turns.TakeAsync(channel, Patience, cancellationToken);
            if (!joins && turn is null)
                return Busy();
            await using var transaction = joins ? null : await db.Database.BeginTransactionAsync(cancellationToken);
            if (besides is { } other)
                await LockedChannel.HoldAsync(db, [channel, other], cancellationToken);
            if (await LockedChannel.LockAsync(db, channel, clock, cancellationToken) is not { } locked)
                return MessageNotFound();
            if (locked.Server is null || access.Rev < locked.AccessRev)
                continue;
            var shut = Shut(locked, access, caller);
            if (shut is not null)
            {
                access = access with { Granted = access.Granted & ~Writing };
                if (!access.Allows(needs))
                    return shut;
            }

            var outcome = await act(new ChannelAct(locked, access, caller) { Shut = shut }, cancellationToken);
            if (outcome.Value is not { } value)
                return Refusal(outcome.Problem);
            var changed = await locked.SaveAsync(cancellationToken);
            var answered = await answer(locked, value, cancellationToken);
            if (transaction is not null)
                await transaction.CommitAsync(cancellationToken);
            if (changed)
                outbox.Wake();
            return answered;
        }

        return PermissionsChanging();
    }

    /// <summary>404: the channel has no such message.</summary>
    public static ProblemHttpResult MessageNotFound() => Problems.NotFound("message_not_found", "There is no such message in this channel.");

    /// <summary>403.</summary>
    public static ProblemHttpResult MissingPermission() => Problems.Forbidden("missing_permission", "The caller's permissions in this channel do not allow this.");

    /// <summary>503: the permissions could not be held still.</summary>
    public static ProblemHttpResult PermissionsChanging() =>
        Problems.Unavailable("permissions_changing", "Permissions in this server change faster than this could be done. Repeat the request.", RetrySoon);

    private static ProblemHttpResult? Shut(LockedChannel channel, ChannelAccess access, Caller caller) =>
        channel.Locked && !access.Allows(Permissions.ManageThreads) ? MessagesApi.ThreadLocked()
        : channel.RequestedBy == caller.Id ? MessageRequests.Pending()
        : null;

    private static ProblemHttpResult Busy() => Problems.Unavailable("busy", "More changes are being made in this channel than can be stored. Nothing was done.", RetrySoon);

    private static ProblemHttpResult Refusal(ProblemHttpResult? problem) => problem ?? throw new InvalidOperationException("An act answers a value or a problem.");
}
