using Chat.Presence.Data;
using Chat.Presence.Paging;
using Chat.Presence.Pairs;
using Chat.Presence.People;
using Chat.ServiceDefaults;
using Chat.ServiceDefaults.Events;
using Chat.ServiceDefaults.Idempotency;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Chat.Presence.Friends;

internal static class FriendsEndpoints
{
    public static void AddFriends(this IHostApplicationBuilder builder)
    {
        builder.Services.AddOptions<FriendsOptions>()
            .BindConfiguration("Friends")
            .Validate(options => options.RedisTimeout > TimeSpan.Zero && options.RedisTimeout <= TimeSpan.FromMinutes(1), "Friends: Redis has a time of up to a minute.")
            .ValidateOnStart();
        builder.Services.AddSingleton<RequestAllowance>();
        builder.Services.AddScoped<Befriending>();
    }

    public static void MapFriends(this IEndpointRouteBuilder routes)
    {
        var friends = routes.MapGroup("/api/v1/friends").WithScopes("friends").WithTags("Friends");
        friends.MapGet("/", ListAsync);
        friends.MapDelete("/{user:guid}", RemoveAsync);
    }

    private static async Task<Results<Ok<Page<RelationResponse>>, ProblemHttpResult>> ListAsync(
        [AsParameters] PageRequest page, Caller caller, RelationReader relations, CancellationToken cancellationToken) =>
        page.Check(out var size, out var before) is { Count: > 0 } errors
            ? Problems.Validation(errors)
            : TypedResults.Ok(PageRequest.Cut(await relations.FriendsAsync(caller.Id, before, size + 1, cancellationToken), size, RelationResponse.Friends));

    private static async Task<Results<NoContent, ProblemHttpResult>> RemoveAsync(
        Guid user, Caller caller, HttpContext http, [AsParameters] FriendServices services, CancellationToken cancellationToken)
    {
        await services.People.AdmitAsync(caller, cancellationToken);
        var ended = await Idempotency.RunAsync(services.Db, http, caller.Id, null, ct => services.Befriending.EndFriendshipAsync(caller.Id, user, ct), cancellationToken);
        services.Outbox.Wake();
        return ended.Result is ProblemHttpResult problem ? problem : TypedResults.NoContent();
    }
}

/// <summary>What the routes about friends need.</summary>
internal sealed record FriendServices(PresenceDb Db, PeopleDirectory People, Befriending Befriending, Outbox Outbox);
