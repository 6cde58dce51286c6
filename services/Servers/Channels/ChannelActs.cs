using Chat.Contracts;
using Chat.Servers.Access;
using Chat.Servers.Changes;
using Chat.Servers.Data;
using Chat.ServiceDefaults;
using Chat.ServiceDefaults.Idempotency;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;

namespace Chat.Servers.Channels;

/// <summary>A request to change one channel.</summary>
/// <param name="Channel">Its id.</param>
/// <param name="Needed">The permission that it takes in the channel.</param>
/// <param name="Body">The bound request; part of what recognises an <c>Idempotency-Key</c>.</param>
/// <param name="Errors">What is wrong with it, for who may see the channel; null: nothing.</param>
/// <param name="Subject">See <see cref="AccessLoss.Subject"/>.</param>
internal sealed record ChannelRequest(
    Guid Channel, Permissions Needed, object? Body = null, IReadOnlyCollection<FieldError>? Errors = null, Guid? Subject = null);

/// <summary>
/// <see cref="ServerActs"/> for routes that name a channel alone. Who cannot see it is told that there is none, whatever else is to be said about the request. A request that
/// was answered before is answered the same, even when the channel is gone.
/// </summary>
internal sealed class ChannelActs(ServersDb db, ServerActs acts, PermissionLookup lookup)
{
    /// <summary>Runs a change that answers 200. The channel that <paramref name="act"/> gets is tracked.</summary>
    public async Task<Results<Ok<T>, ProblemHttpResult>> RunAsync<T>(
        HttpContext http, Caller caller, ChannelRequest request, Func<RuledChannel, CancellationToken, Task<ActOutcome<T>>> act, CancellationToken cancellationToken)
    {
        if (request.Errors is { Count: > 0 } errors)
        {
            return await lookup.FindAsync([request.Channel], caller.Id, cancellationToken) is [{ Granted: not Permissions.None }]
                ? Problems.Validation(errors)
                : ChannelProblems.NotFound();
        }

        var server = await db.Channels.Where(channel => channel.Id == request.Channel).Select(channel => (Guid?)channel.Server).SingleOrDefaultAsync(cancellationToken);
        if (server is null)
        {
            return await Idempotency.RunAsync<T>(
                db, http, caller.Id, request.Body, _ => Task.FromResult<Results<Ok<T>, ProblemHttpResult>>(ChannelProblems.NotFound()), cancellationToken);
        }

        return await acts.RunAsync<T>(
            http,
            caller,
            server.Value,
            request.Body,
            new Needs(request.Needed) { Channel = request.Channel },
            async ct => await RuledChannel.TrackAsync(db, request.Channel, ct) is { } channel ? await act(channel, ct) : ChannelProblems.NotFound(),
            cancellationToken,
            request.Subject);
    }

    /// <summary>Runs a change that answers 204; otherwise as <see cref="RunAsync{T}"/>.</summary>
    public async Task<Results<NoContent, ProblemHttpResult>> DoAsync(
        HttpContext http, Caller caller, ChannelRequest request, Func<RuledChannel, CancellationToken, Task<ActOutcome<Nothing>>> act, CancellationToken cancellationToken) =>
        (await RunAsync(http, caller, request, act, cancellationToken)).Result is ProblemHttpResult problem ? problem : TypedResults.NoContent();
}
