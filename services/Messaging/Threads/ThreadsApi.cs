using Chat.Access;
using Chat.Messaging.Limits;
using Chat.Messaging.Messages;
using Chat.Messaging.Paging;
using Chat.ServiceDefaults;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Chat.Messaging.Threads;

/// <summary>Threads: channels of their own under messages. What is said in them goes by the routes of channels, with the thread's id.</summary>
internal static class ThreadsApi
{
    private const int UsualLimit = 50;
    private const int MaxLimit = 100;

    public static void AddThreads(this IHostApplicationBuilder builder)
    {
        builder.Services.AddOptions<ThreadOptions>()
            .BindConfiguration("Threads")
            .Validate(options => options.Every > TimeSpan.Zero, "Threads: the time between two looks is positive.")
            .ValidateOnStart();
        builder.Services.AddSingleton<ThreadList>();
        builder.Services.AddScoped<ThreadOpening>();
        builder.Services.AddScoped<ThreadEditing>();
        builder.Services.AddScoped<ThreadRest>();
        builder.Services.AddScoped<ThreadMembers>();
        builder.Services.AddHostedService<ArchiveJob>();
    }

    public static void MapThreads(this IEndpointRouteBuilder routes)
    {
        var channels = routes.MapGroup("/api/v1/channels/{channel:guid}").WithScopes("messages").WithTags("Threads");
        channels.MapPost("/messages/{message:guid}/thread", OpenAsync).WithChangeLimits();
        channels.MapGet("/threads", ListAsync);

        var threads = routes.MapGroup("/api/v1/threads/{thread:guid}").WithScopes("messages").WithTags("Threads");
        threads.MapGet("", FindAsync);
        threads.MapPatch("", EditAsync).WithChangeLimits();
        threads.MapDelete("", DeleteAsync).WithChangeLimits();
        threads.MapGet("/members", ReadMembersAsync);
        threads.MapPut("/members/@me", FollowAsync).WithChangeLimits();
        threads.MapDelete("/members/@me", UnfollowAsync).WithChangeLimits();
    }

    /// <summary>201 with the new thread; 200 with the one that the message has already.</summary>
    private static Task<Results<Created<ThreadView>, Ok<ThreadView>, ProblemHttpResult>> OpenAsync(
        Guid channel, Guid message, OpenThread body, Caller caller, HttpContext http, ThreadOpening opening, CancellationToken cancellationToken) =>
        opening.OpenAsync(channel, message, body, caller, http, cancellationToken);

    private static async Task<Results<Ok<ThreadPage>, ProblemHttpResult>> ListAsync(
        Guid channel, [AsParameters] ThreadQuery query, Caller caller, IChannelPermissions permissions, ThreadList threads, CancellationToken cancellationToken)
    {
        if (await permissions.GetAsync(channel, caller.Id, cancellationToken) is not { } access)
            return MessagesApi.ChannelNotFound();
        var errors = new List<FieldError>();
        var archived = query.Archived(errors);
        var after = TimeCursor.Read(ListKind.Threads, query.Cursor, TimeCursor.End, errors);
        var limit = QueryNumber.Limit(query.Limit, UsualLimit, MaxLimit, errors);
        if (errors.Count > 0)
            return Problems.Validation(errors);

        var page = await threads.ReadAsync(channel, caller.Id, archived, after, limit, cancellationToken);
        return await page.MayBeAnsweredAsync(channel, caller.Id, access, permissions, cancellationToken) ? TypedResults.Ok(page.Value) : MessagesApi.ChannelNotFound();
    }

    private static async Task<Results<Ok<ThreadView>, ProblemHttpResult>> FindAsync(
        Guid thread, Caller caller, IChannelPermissions permissions, ThreadList threads, CancellationToken cancellationToken)
    {
        if (await permissions.GetAsync(thread, caller.Id, cancellationToken) is not { } access)
            return MessagesApi.ChannelNotFound();
        var found = await threads.FindAsync(thread, caller.Id, cancellationToken);
        return found.Value is { } view && await found.MayBeAnsweredAsync(thread, caller.Id, access, permissions, cancellationToken)
            ? TypedResults.Ok(view)
            : MessagesApi.ChannelNotFound();
    }

    private static Task<Results<Ok<ThreadView>, ProblemHttpResult>> EditAsync(
        Guid thread, EditThread body, AuditReason reason, Caller caller, ThreadEditing editing, CancellationToken cancellationToken) =>
        editing.EditAsync(thread, body, reason, caller, cancellationToken);

    private static Task<Results<NoContent, ProblemHttpResult>> DeleteAsync(
        Guid thread, AuditReason reason, Caller caller, ThreadEditing editing, CancellationToken cancellationToken) =>
        editing.DeleteAsync(thread, reason, caller, cancellationToken);

    private static async Task<Results<Ok<ThreadMemberPage>, ProblemHttpResult>> ReadMembersAsync(
        Guid thread, string? limit, string? cursor, Caller caller, IChannelPermissions permissions, ThreadList threads, ThreadMembers members, CancellationToken cancellationToken)
    {
        if (await SeesAsync(thread, caller, permissions, threads, cancellationToken) is { } refused)
            return refused;
        var errors = new List<FieldError>();
        var after = Cursor.Id(ListKind.ThreadMembers, cursor, errors);
        var count = QueryNumber.Limit(limit, UsualLimit, MaxLimit, errors);
        return errors.Count > 0 ? Problems.Validation(errors) : TypedResults.Ok(await members.ReadAsync(thread, after, count, cancellationToken));
    }

    private static async Task<Results<NoContent, ProblemHttpResult>> FollowAsync(
        Guid thread, Caller caller, IChannelPermissions permissions, ThreadList threads, ThreadMembers members, CancellationToken cancellationToken)
    {
        if (await SeesAsync(thread, caller, permissions, threads, cancellationToken) is { } refused)
            return refused;
        await members.AddAsync(thread, [caller.Id], cancellationToken);
        return TypedResults.NoContent();
    }

    private static async Task<Results<NoContent, ProblemHttpResult>> UnfollowAsync(
        Guid thread, Caller caller, IChannelPermissions permissions, ThreadList threads, ThreadMembers members, CancellationToken cancellationToken)
    {
        if (await SeesAsync(thread, caller, permissions, threads, cancellationToken) is { } refused)
            return refused;
        await members.RemoveAsync(thread, caller.Id, cancellationToken);
        return TypedResults.NoContent();
    }

    /// <summary>404 unless it is a thread that the caller sees.</summary>
    private static async Task<ProblemHttpResult?> SeesAsync(Guid thread, Caller caller, IChannelPermissions permissions, ThreadList threads, CancellationToken cancellationToken) =>
        await permissions.GetAsync(thread, caller.Id, cancellationToken) is not null && (await threads.FindAsync(thread, caller.Id, cancellationToken)).Value is not null
            ? null
            : MessagesApi.ChannelNotFound();
}

/// <summary>Raw text, so that a mistake is reported for its field.</summary>
/// <param name="State"><c>active</c>, which is the usual, or <c>archived</c>.</param>
internal sealed record ThreadQuery(string? State, string? Limit, string? Cursor)
{
    public bool Archived(List<FieldError> errors)
    {
        if (State is not (null or "active" or "archived"))
            errors.Add(new FieldError("state", "not_allowed", "The state is active or archived."));
        return State == "archived";
    }
}
