using Chat.Access;
using Chat.ServiceDefaults;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Chat.Servers.People;

/// <summary>What other services ask about people rather than channels.</summary>
internal static class PeopleEndpoints
{
    public static void AddPeople(this IHostApplicationBuilder builder)
    {
        builder.Services.AddSingleton<UserServersReader>();
        builder.Services.AddSingleton<SharedServersReader>();
    }

    public static void MapPeople(this IEndpointRouteBuilder routes)
    {
        var user = routes.MapInternal().MapGroup("/users/{user:guid}");
        user.MapGet("/channels", ChannelsAsync);
        user.MapPost("/shared-servers", SharedAsync);
    }

    /// <summary>Somebody who is in no server, or does not exist, gets an empty list.</summary>
    private static async Task<Results<Ok<UserServersAnswer>, ProblemHttpResult>> ChannelsAsync(
        Guid user, string? server, UserServersReader reader, CancellationToken cancellationToken)
    {
        Guid? one = Guid.TryParse(server, out var id) ? id : null;
        return server is not null && one is null
            ? Problems.Validation(new FieldError("server", "invalid", "The id of a server."))
            : TypedResults.Ok(new UserServersAnswer(await reader.ReadAsync(user, one, cancellationToken)));
    }

    private static async Task<Results<Ok<SharedServersAnswer>, ProblemHttpResult>> SharedAsync(
        Guid user, SharedServersQuestion question, SharedServersReader reader, CancellationToken cancellationToken) =>
        question.Users.Count <= ISharedServers.MaxOthers
            ? TypedResults.Ok(new SharedServersAnswer(await reader.ReadAsync(user, [.. question.Users.Distinct()], cancellationToken)))
            : Problems.Validation(new FieldError("users", "too_many", $"At most {ISharedServers.MaxOthers} users."));
}
