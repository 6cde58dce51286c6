using System.Text.Json;
using Chat.Messaging.Acting;
using Chat.Messaging.Paging;
using Chat.Messaging.Text;
using Chat.ServiceDefaults;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Chat.Messaging.ReadStates;

/// <summary>What the caller has read, and muted.</summary>
internal static class ReadStatesApi
{
    private const int UsualLimit = 500;
    private const int MaxLimit = 5000;

    public static void AddReadStates(this IHostApplicationBuilder builder)
    {
        builder.Services.AddSingleton<ReadStateList>();
        builder.Services.AddSingleton<ReadMarks>();
    }

    public static void MapReadStates(this IEndpointRouteBuilder routes)
    {
        var states = routes.MapGroup("/api/v1/read-states").WithScopes("messages").WithTags("Read states");
        states.MapGet("", ListAsync);
        states.MapPut("/servers/{server:guid}", ReadServerAsync);

        var channel = routes.MapGroup("/api/v1/channels/{channel:guid}").WithScopes("messages").WithTags("Read states");
        channel.MapPut("/read", ReadAsync);
        channel.MapPut("/read/from/{message:guid}", UnreadAsync);
        channel.MapPut("/mute", MuteAsync);
        channel.MapDelete("/mute", UnmuteAsync);
    }

    private static async Task<Results<Ok<ReadStatePage>, ProblemHttpResult>> ListAsync(
        string? server, string? limit, string? cursor, Caller caller, ReadStateList list, CancellationToken cancellationToken)
    {
        var errors = new List<FieldError>();
        var only = QueryId.Read(server, "server", errors);
        var size = QueryNumber.Limit(limit, UsualLimit, MaxLimit, errors);
        var after = Cursor.Id(ListKind.ReadStates, cursor, errors);
        if (errors.Count > 0)
            return Problems.Validation(errors);
        return await list.ReadAsync(caller.Id, only, after ?? Guid.Empty, size, cancellationToken) is { } page ? TypedResults.Ok(page) : ChannelActs.PermissionsChanging();
    }

    private static async Task<Results<NoContent, ProblemHttpResult>> ReadServerAsync(Guid server, Caller caller, ReadMarks marks, CancellationToken cancellationToken) =>
        await marks.ForwardAllAsync(server, caller, cancellationToken)
            ? TypedResults.NoContent()
            : Problems.NotFound("server_not_found", "There is no such server, or the caller is not a member.");

    private static async Task<Results<Ok<ReadState>, ProblemHttpResult>> ReadAsync(Guid channel, MarkRead body, Caller caller, ReadMarks marks, CancellationToken cancellationToken)
    {
        var errors = new List<FieldError>();
        var seq = body.Read(errors);
        return errors.Count > 0 ? Problems.Validation(errors) : await marks.ForwardAsync(channel, caller, seq, cancellationToken);
    }

    private static Task<Results<Ok<ReadState>, ProblemHttpResult>> UnreadAsync(Guid channel, Guid message, Caller caller, ReadMarks marks, CancellationToken cancellationToken) =>
        marks.BackAsync(channel, caller, message, cancellationToken);

    private static async Task<Results<Ok<ReadState>, ProblemHttpResult>> MuteAsync(
        Guid channel, Mute body, Caller caller, ReadMarks marks, TimeProvider clock, CancellationToken cancellationToken)
    {
        var errors = new List<FieldError>();
        var until = body.Read(clock.GetUtcNow(), errors);
        return errors.Count > 0 ? Problems.Validation(errors) : await marks.MuteAsync(channel, caller, until, cancellationToken);
    }

    private static Task<Results<Ok<ReadState>, ProblemHttpResult>> UnmuteAsync(Guid channel, Caller caller, ReadMarks marks, CancellationToken cancellationToken) =>
        marks.MuteAsync(channel, caller, null, cancellationToken);

    /// <param name="Seq">The place of the last message that was read. Required.</param>
    internal sealed record MarkRead(JsonElement? Seq = null)
    {
        public long Read(List<FieldError> errors)
        {
            if (Seq is { ValueKind: JsonValueKind.Number } given && given.TryGetInt64(out var seq) && seq >= 0)
                return seq;
            errors.Add(Seq is null ? new FieldError("seq", "required", "The field is missing.") : new FieldError("seq", "invalid_number", "The place is a whole number from 0 on."));
            return 0;
        }
    }

    /// <param name="Until">A moment in the future; absent or null: for good.</param>
    internal sealed record Mute(JsonElement? Until = null)
    {
        public DateTimeOffset Read(DateTimeOffset now, List<FieldError> errors)
        {
            if (Until is null or { ValueKind: JsonValueKind.Null })
                return ReadState.Forever;
            if (Time(Until.Value) is not { } until)
                errors.Add(new FieldError("until", "invalid_time", "A time in ISO 8601, or null for good."));
            else if (until <= now)
                errors.Add(new FieldError("until", "out_of_range", "The time is in the past."));
            else
                return until > ReadState.Forever ? ReadState.Forever : until.ToUniversalTime();
            return now;
        }

        private static DateTimeOffset? Time(JsonElement element) => JsonText.IsSound(element) && element.TryGetDateTimeOffset(out var time) ? time : null;
    }
}
