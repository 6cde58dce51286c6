using Chat.Access;
using Chat.ServiceDefaults;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Chat.Servers.Access;

internal static class PermissionsEndpoints
{
    public static void AddPermissionModel(this IHostApplicationBuilder builder)
    {
        builder.Services.AddSingleton<PermissionModelWriter>();
        builder.Services.AddSingleton<SnapshotReader>();
        builder.Services.AddSingleton<PermissionLookup>();
        builder.Services.AddSingleton<PermissionModelRebuilder>();
        builder.Services.AddHostedService(services => services.GetRequiredService<PermissionModelRebuilder>());
    }

    public static void MapPermissions(this IEndpointRouteBuilder routes)
    {
        routes.MapGet("/api/v1/channels/{channel:guid}/permissions/@me", GetMineAsync).WithScopes("servers");

        var internals = routes.MapInternal();
        internals.MapGet("/channels/{channel:guid}/permissions/{user:guid}", GetAsync);
        internals.MapPost("/channels/permissions", GetManyAsync);
    }

    private static async Task<Results<Ok<MyPermissions>, ProblemHttpResult>> GetMineAsync(Guid channel, Caller caller, PermissionLookup lookup, CancellationToken cancellationToken) =>
        await lookup.FindAsync([channel], caller.Id, cancellationToken) is [{ Granted: not Contracts.Permissions.None } rights]
            ? TypedResults.Ok(new MyPermissions(rights.Channel, rights.Server, rights.Granted, rights.Rev))
            : ChannelNotFound();

    private static async Task<Results<Ok<ChannelPermissionsAnswer>, ProblemHttpResult>> GetAsync(
        Guid channel, Guid user, PermissionLookup lookup, PermissionModelRebuilder rebuilder, CancellationToken cancellationToken) =>
        await FindAsync([channel], user, lookup, rebuilder, cancellationToken) is [var answer] ? TypedResults.Ok(answer) : ChannelNotFound();

    private static async Task<Results<Ok<ChannelPermissionsAnswers>, ProblemHttpResult>> GetManyAsync(
        ChannelPermissionsQuestion question, PermissionLookup lookup, PermissionModelRebuilder rebuilder, CancellationToken cancellationToken) =>
        question.Channels.Count <= ChannelPermissionsLimits.MaxChannels
            ? TypedResults.Ok(new ChannelPermissionsAnswers(await FindAsync(question.Channels, question.User, lookup, rebuilder, cancellationToken)))
            : Problems.Validation(new FieldError("channels", "too_many", $"At most {ChannelPermissionsLimits.MaxChannels} channels."));

    private static async Task<IReadOnlyList<ChannelPermissionsAnswer>> FindAsync(
        IReadOnlyList<Guid> channels, Guid user, PermissionLookup lookup, PermissionModelRebuilder rebuilder, CancellationToken cancellationToken)
    {
        var found = await lookup.FindAsync(channels, user, cancellationToken);
        foreach (var rights in found)
        {
            rebuilder.Request(rights.Server, rights.Channel);
        }

        return [.. found
            .Where(rights => rights.Granted != Contracts.Permissions.None)
            .Select(rights => new ChannelPermissionsAnswer(rights.Channel, rights.Server, rights.Granted, rights.Rev))];
    }

    private static ProblemHttpResult ChannelNotFound() => Problems.NotFound("channel_not_found", "There is no such channel.");

    /// <summary>What the caller may do in a channel, as a 64-bit set of flags.</summary>
    private sealed record MyPermissions(Guid Channel, Guid Server, Contracts.Permissions Permissions, long Rev);
}
