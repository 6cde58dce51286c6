using Chat.Access;
using Chat.Messaging.Limits;
using Chat.Messaging.Messages;
using Chat.Messaging.Paging;
using Chat.ServiceDefaults;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Chat.Messaging.Pins;

/// <summary>Pinning messages in their channel, and what is pinned.</summary>
internal static class PinsApi
{
    public static void AddPins(this IHostApplicationBuilder builder)
    {
        builder.Services.AddScoped<MessagePins>();
        builder.Services.AddSingleton<PinList>();
    }

    public static void MapPins(this IEndpointRouteBuilder routes)
    {
        var pins = routes.MapGroup("/api/v1/channels/{channel:guid}/pins").WithScopes("messages").WithTags("Pins");
        pins.MapGet("", ReadAsync);
        pins.MapPut("/{message:guid}", PinAsync).WithChangeLimits();
        pins.MapDelete("/{message:guid}", UnpinAsync).WithChangeLimits();
    }

    private static Task<Results<NoContent, ProblemHttpResult>> PinAsync(Guid channel, Guid message, AuditReason reason, Caller caller, MessagePins pins, CancellationToken cancellationToken) =>
        pins.PinAsync(channel, message, reason, caller, cancellationToken);

    private static Task<Results<NoContent, ProblemHttpResult>> UnpinAsync(Guid channel, Guid message, AuditReason reason, Caller caller, MessagePins pins, CancellationToken cancellationToken) =>
        pins.UnpinAsync(channel, message, reason, caller, cancellationToken);

    private static async Task<Results<Ok<PinPage>, ProblemHttpResult>> ReadAsync(
        Guid channel, string? limit, string? cursor, Caller caller, IChannelPermissions permissions, PinList pins, CancellationToken cancellationToken)
    {
        if (await permissions.GetAsync(channel, caller.Id, cancellationToken) is not { } access)
            return MessagesApi.ChannelNotFound();

        var errors = new List<FieldError>();
        var size = QueryNumber.Limit(limit, MessagePins.Max, MessagePins.Max, errors);
        var before = Cursor.Number(ListKind.Pins, cursor, errors);
        if (errors.Count > 0)
            return Problems.Validation(errors);

        var page = await pins.ReadAsync(channel, caller.Id, before, size, cancellationToken);
        return await page.MayBeAnsweredAsync(channel, caller.Id, access, permissions, cancellationToken) ? TypedResults.Ok(page.Value) : MessagesApi.ChannelNotFound();
    }
}
