using Chat.Messaging.Limits;
using Chat.Messaging.Paging;
using Chat.ServiceDefaults;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Chat.Messaging.Scheduling;

/// <summary>Messages that are to be sent later. Everybody sees and changes their own alone.</summary>
internal static class ScheduledApi
{
    private const int UsualLimit = 50;
    private const int MaxLimit = 100;

    public static void AddScheduling(this IHostApplicationBuilder builder)
    {
        builder.Services.AddOptions<SchedulingOptions>()
            .BindConfiguration("Scheduling")
            .Validate(options => options.Every > TimeSpan.Zero && options.Senders > 0, "Scheduling: the time between two looks is positive, and somebody sends.")
            .ValidateOnStart();
        builder.Services.AddScoped<ScheduledMessages>();
        builder.Services.AddScoped<ScheduledSending>();
        builder.Services.AddHostedService<ScheduledJob>();
    }

    public static void MapScheduled(this IEndpointRouteBuilder routes)
    {
        routes.MapPost("/api/v1/channels/{channel:guid}/scheduled", AddAsync).WithScopes("messages").WithTags("Scheduled").WithChangeLimits();
        var scheduled = routes.MapGroup("/api/v1/scheduled").WithScopes("messages").WithTags("Scheduled");
        scheduled.MapGet("", ReadAsync);
        scheduled.MapPatch("/{id:guid}", EditAsync).WithChangeLimits();
        scheduled.MapDelete("/{id:guid}", RemoveAsync).WithChangeLimits();
    }

    private static Task<Results<Created<ScheduledView>, ProblemHttpResult>> AddAsync(
        Guid channel, ScheduleMessage body, Caller caller, HttpContext http, ScheduledMessages scheduled, CancellationToken cancellationToken) =>
        scheduled.AddAsync(channel, body, caller, http, cancellationToken);

    private static async Task<Results<Ok<ScheduledPage>, ProblemHttpResult>> ReadAsync(
        string? channel, string? limit, string? cursor, Caller caller, ScheduledMessages scheduled, CancellationToken cancellationToken)
    {
        var errors = new List<FieldError>();
        Guid? only = Guid.TryParseExact(channel, "D", out var id) ? id : null;
        if (channel is not null && only is null)
            errors.Add(new FieldError("channel", "invalid_id", "The id of the channel is not a UUID."));
        var after = TimeCursor.Read(ListKind.Scheduled, cursor, TimeCursor.Beginning, errors);
        var count = QueryNumber.Limit(limit, UsualLimit, MaxLimit, errors);
        return errors.Count > 0 ? Problems.Validation(errors) : TypedResults.Ok(await scheduled.ReadAsync(caller.Id, only, after, count, cancellationToken));
    }

    private static Task<Results<Ok<ScheduledView>, ProblemHttpResult>> EditAsync(
        Guid id, EditScheduled body, Caller caller, ScheduledMessages scheduled, CancellationToken cancellationToken) => scheduled.EditAsync(id, body, caller.Id, cancellationToken);

    private static Task<Results<NoContent, ProblemHttpResult>> RemoveAsync(Guid id, Caller caller, ScheduledMessages scheduled, CancellationToken cancellationToken) =>
        scheduled.RemoveAsync(id, caller.Id, cancellationToken);
}
