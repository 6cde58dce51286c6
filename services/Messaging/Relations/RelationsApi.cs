using Chat.ServiceDefaults;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Chat.Messaging.Relations;

/// <summary>
/// What the presence service tells of blocks and friendships. Each call carries presence's revision of what the two are to each other and may be repeated; the events of
/// the same names say the same once more.
/// </summary>
internal static class RelationsApi
{
    public static void AddRelations(this IHostApplicationBuilder builder)
    {
        builder.Services.AddScoped<Relations>();
        builder.Services.AddScoped<BlockWriter>();
        builder.Services.AddScoped<FriendshipWriter>();
    }

    public static void MapRelations(this IEndpointRouteBuilder routes)
    {
        var blocks = routes.MapInternal().MapGroup("/blocks/{blocker:guid}/{blocked:guid}");
        blocks.MapPut("", BlockAsync);
        blocks.MapDelete("", UnblockAsync);

        var friendships = routes.MapInternal().MapGroup("/friendships/{user:guid}/{other:guid}");
        friendships.MapPut("", BefriendAsync);
        friendships.MapDelete("", PartAsync);
    }

    /// <summary>Answers when nothing more is accepted between the two.</summary>
    private static Task<Results<NoContent, ProblemHttpResult>> BlockAsync(Guid blocker, Guid blocked, long rev, BlockWriter blocks, CancellationToken cancellationToken) =>
        WriteAsync(blocker, blocked, rev, blocks.SetAsync, cancellationToken);

    private static Task<Results<NoContent, ProblemHttpResult>> UnblockAsync(Guid blocker, Guid blocked, long rev, BlockWriter blocks, CancellationToken cancellationToken) =>
        WriteAsync(blocker, blocked, rev, blocks.EndAsync, cancellationToken);

    private static Task<Results<NoContent, ProblemHttpResult>> BefriendAsync(
        Guid user, Guid other, long rev, FriendshipWriter friendships, CancellationToken cancellationToken) => WriteAsync(user, other, rev, friendships.SetAsync, cancellationToken);

    private static Task<Results<NoContent, ProblemHttpResult>> PartAsync(
        Guid user, Guid other, long rev, FriendshipWriter friendships, CancellationToken cancellationToken) => WriteAsync(user, other, rev, friendships.EndAsync, cancellationToken);

    private static async Task<Results<NoContent, ProblemHttpResult>> WriteAsync(
        Guid one, Guid other, long rev, Func<Guid, Guid, long, CancellationToken, Task<bool>> writeAsync, CancellationToken cancellationToken)
    {
        if (rev < 1)
            return Problems.Validation(new FieldError("rev", "out_of_range", "Revisions begin with 1."));
        if (one == other)
            return Problems.Validation(new FieldError("user", "invalid", "The two are one and the same."));
        await writeAsync(one, other, rev, cancellationToken);
        return TypedResults.NoContent();
    }
}
