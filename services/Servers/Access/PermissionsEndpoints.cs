using Chat.Access;
using Chat.Servers.Members;
using Chat.Servers.Servers;
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
        builder.Services.AddSingleton<PreviewReader>();
        builder.Services.AddSingleton<PermissionModelRebuilder>();
        builder.Services.AddHostedService(services => services.GetRequiredService<PermissionModelRebuilder>());
    }

    public static void MapPermissions(this IEndpointRouteBuilder routes)
    {
        var channel = routes.MapGroup("/api/v1/channels/{channel:guid}/permissions").WithScopes("servers");
        channel.MapGet("/@me", GetMineAsync);
        channel.MapGet("/{user:guid}", GetOfMemberAsync);
        routes.MapPermissionPreview();

        var internals = routes.MapInternal();
        internals.MapGet("/channels/{channel:guid}/permissions/{user:guid}", GetAsync);
        internals.MapPost("/channels/permissions", GetManyAsync);
        internals.MapPost("/channels/{channel:guid}/audience", AudienceAsync);
    }

    private static Task<Results<Ok<MemberPermissions>, ProblemHttpResult>> GetMineAsync(
        Guid channel, Caller caller, PermissionLookup lookup, CancellationToken cancellationToken, bool explain = false) =>
        GetOfMemberAsync(channel, caller.Id, caller, lookup, cancellationToken, explain);

    /// <summary>Everybody may ask about themselves, about others whoever manages roles, in an archived server too.</summary>
    private static async Task<Results<Ok<MemberPermissions>, ProblemHttpResult>> GetOfMemberAsync(
        Guid channel, Guid user, Caller caller, PermissionLookup lookup, CancellationToken cancellationToken, bool explain = false)
    {
        var found = await lookup.ReadAsync([channel], user == caller.Id ? [user] : [user, caller.Id], cancellationToken);
        if (found.FirstOrDefault(standing => standing.User == caller.Id) is not { Member: { } asking, Granted: not Contracts.Permissions.None })
        {
            return ChannelNotFound();
        }

        if (user != caller.Id && !EffectivePermissions.InServer(asking with { Archived = false }).HasFlag(Contracts.Permissions.ManageRoles))
        {
            return ServerProblems.MissingPermission(Contracts.Permissions.ManageRoles);
        }

        return found.First(standing => standing.User == user) is { Member: { } member } asked
            ? TypedResults.Ok(new MemberPermissions(
                channel, asked.Server, user, asked.Granted, asked.Rev,
                explain ? [.. PermissionExplanation.Explain(member, asked.Rules).Select(FlagExplanation.Of)] : null))
            : MemberProblems.NotFound();
    }

    private static async Task<Results<Ok<ChannelPermissionsAnswer>, ProblemHttpResult>> GetAsync(
        Guid channel, Guid user, PermissionLookup lookup, PermissionModelRebuilder rebuilder, CancellationToken cancellationToken) =>
        await FindAsync([channel], user, lookup, rebuilder, cancellationToken) is [var answer] ? TypedResults.Ok(answer) : ChannelNotFound();

    private static async Task<Results<Ok<ChannelPermissionsAnswers>, ProblemHttpResult>> GetManyAsync(
        ChannelPermissionsQuestion question, PermissionLookup lookup, PermissionModelRebuilder rebuilder, CancellationToken cancellationToken) =>
        question.Channels.Count <= ChannelPermissionsLimits.MaxChannels
            ? TypedResults.Ok(new ChannelPermissionsAnswers(await FindAsync(question.Channels, question.User, lookup, rebuilder, cancellationToken)))
            : Problems.Validation(new FieldError("channels", "too_many", $"At most {ChannelPermissionsLimits.MaxChannels} channels."));

    private static async Task<Results<Ok<ChannelAudience>, ProblemHttpResult>> AudienceAsync(
        Guid channel, AudienceQuestion question, PermissionLookup lookup, PermissionModelRebuilder rebuilder, CancellationToken cancellationToken)
    {
        FieldError[] errors = [.. new[] { TooMany("users", question.Users), TooMany("roles", question.Roles) }.OfType<FieldError>()];
        if (errors.Length > 0)
        {
            return Problems.Validation(errors);
        }

        if (await lookup.AudienceAsync(channel, question, cancellationToken) is not var (server, audience))
        {
            return ChannelNotFound();
        }

        rebuilder.Request(server, channel);
        return TypedResults.Ok(audience);

        static FieldError? TooMany(string field, IReadOnlyList<Guid> asked) =>
            asked.Count > ChannelPermissionsLimits.MaxAudience ? new FieldError(field, "too_many", $"At most {ChannelPermissionsLimits.MaxAudience}.") : null;
    }

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
            .Select(rights => new ChannelPermissionsAnswer(rights.Channel, rights.Server, rights.Granted, rights.Rev, rights.SlowMode))];
    }

    private static ProblemHttpResult ChannelNotFound() => Problems.NotFound("channel_not_found", "There is no such channel.");

    /// <summary>What a member may do in a channel.</summary>
    /// <param name="Permissions">A 64-bit set of flags; 0: the member does not see the channel.</param>
    /// <param name="Rev">The server's revision that this is true of.</param>
    /// <param name="Flags">Why, for every flag that exists; only where it was asked for.</param>
    private sealed record MemberPermissions(Guid Channel, Guid Server, Guid User, Contracts.Permissions Permissions, long Rev, IReadOnlyList<FlagExplanation>? Flags);
}
