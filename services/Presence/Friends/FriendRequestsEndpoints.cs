using Chat.Presence.Paging;
using Chat.Presence.Pairs;
using Chat.Presence.People;
using Chat.ServiceDefaults;
using Chat.ServiceDefaults.Idempotency;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Chat.Presence.Friends;

internal static class FriendRequestsEndpoints
{
    public static void MapFriendRequests(this IEndpointRouteBuilder routes)
    {
        var requests = routes.MapGroup("/api/v1/friends/requests").WithScopes("friends").WithTags("Friends");
        requests.MapGet("/", ListAsync);
        requests.MapPost("/", AskAsync);
        requests.MapPut("/{user:guid}", AcceptAsync);
        requests.MapDelete("/{user:guid}", EndAsync);
    }

    private static async Task<Results<Ok<Page<RelationResponse>>, ProblemHttpResult>> ListAsync(
        string? direction, [AsParameters] PageRequest page, Caller caller, RelationReader relations, CancellationToken cancellationToken)
    {
        var errors = page.Check(out var size, out var before);
        if (direction is not (null or RelationResponse.Incoming or RelationResponse.Outgoing))
            errors.Add(new FieldError("direction", "unknown", $"{RelationResponse.Incoming} or {RelationResponse.Outgoing}."));
        if (errors.Count > 0)
            return Problems.Validation(errors);

        var rows = direction == RelationResponse.Outgoing
            ? await relations.OutgoingAsync(caller.Id, before, size + 1, cancellationToken)
            : await relations.IncomingAsync(caller.Id, before, size + 1, cancellationToken);
        return TypedResults.Ok(PageRequest.Cut(rows, size, direction ?? RelationResponse.Incoming));
    }

    private static async Task<Results<Created<RelationResponse>, ProblemHttpResult>> AskAsync(
        AskFriend request, Caller caller, HttpContext http, RequestAllowance allowance, [AsParameters] FriendServices services, CancellationToken cancellationToken)
    {
        if (request.Check() is { Count: > 0 } errors)
            return Problems.Validation(errors);
        if (await allowance.CountAsync(caller.Id) is { } wait)
            return Problems.TooMany("too_many_requests", $"{RequestAllowance.PerMinute} friend requests a minute are made at most. Try again later.", wait);
        if (await FindAsync(request, services.People, cancellationToken) is not { } other)
            return PeopleDirectory.NotFound();
        if (other == caller.Id)
            return Problems.Validation(new FieldError(request.User is null ? "username" : "user", "self", "That is you."));

        await services.People.AdmitAsync(caller, cancellationToken);
        var asked = await Idempotency.CreateAsync(services.Db, http, caller.Id, request, ct => services.Befriending.AskAsync(caller.Id, other, ct), cancellationToken);
        services.Outbox.Wake();
        return asked;
    }

    private static async Task<Guid?> FindAsync(AskFriend request, PeopleDirectory people, CancellationToken cancellationToken) => request switch
    {
        { User: { } user } => await people.ExistsAsync(user, cancellationToken) ? user : null,
        { Username: { } username } => await people.FindAsync(username, cancellationToken),
        _ => null,
    };

    private static async Task<Results<Ok<RelationResponse>, ProblemHttpResult>> AcceptAsync(
        Guid user, Caller caller, HttpContext http, [AsParameters] FriendServices services, CancellationToken cancellationToken)
    {
        if (user == caller.Id)
            return Befriending.RequestNotFound();
        await services.People.AdmitAsync(caller, cancellationToken);
        var accepted = await Idempotency.RunAsync(services.Db, http, caller.Id, null, ct => services.Befriending.AcceptAsync(caller.Id, user, ct), cancellationToken);
        services.Outbox.Wake();
        return accepted;
    }

    private static async Task<Results<NoContent, ProblemHttpResult>> EndAsync(
        Guid user, Caller caller, HttpContext http, [AsParameters] FriendServices services, CancellationToken cancellationToken)
    {
        await services.People.AdmitAsync(caller, cancellationToken);
        var ended = await Idempotency.RunAsync(services.Db, http, caller.Id, null, ct => services.Befriending.EndRequestAsync(caller.Id, user, ct), cancellationToken);
        services.Outbox.Wake();
        return ended.Result is ProblemHttpResult problem ? problem : TypedResults.NoContent();
    }
}
