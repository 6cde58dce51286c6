using Chat.Access;
using Chat.Messaging.Changes;
using Chat.Messaging.Conversations;
using Chat.Messaging.Messages;
using Chat.ServiceDefaults;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Chat.Messaging.Access;

/// <summary>What other services ask of the channels that messaging is the authority for. Of servers' channels it says nothing.</summary>
internal static class AccessApi
{
    public static void AddChannelAuthority(this IHostApplicationBuilder builder)
    {
        builder.AddServerChannelPermissions();
        builder.Services.AddSingleton<ChannelDirectory>();
        builder.Services.AddSingleton<ConversationAccess>();
        builder.Services.AddSingleton<ChannelAuthority>();
        builder.Services.AddSingleton<IChannelPermissions>(services => services.GetRequiredService<ChannelAuthority>());
    }

    public static void MapAccess(this IEndpointRouteBuilder routes)
    {
        var channels = routes.MapInternal().MapGroup("/channels");
        channels.MapGet("/{channel:guid}/permissions/{user:guid}", GetAsync);
        channels.MapPost("/permissions", GetManyAsync);
    }

    private static async Task<Results<Ok<ChannelPermissionsAnswer>, ProblemHttpResult>> GetAsync(
        Guid channel, Guid user, ChannelAuthority authority, ChannelDirectory directory, CancellationToken cancellationToken) =>
        await AnswerAsync([channel], user, authority, directory, cancellationToken) is [var answer] ? TypedResults.Ok(answer) : MessagesApi.ChannelNotFound();

    private static async Task<Results<Ok<ChannelPermissionsAnswers>, ProblemHttpResult>> GetManyAsync(
        ChannelPermissionsQuestion body, ChannelAuthority authority, ChannelDirectory directory, CancellationToken cancellationToken) =>
        body.Channels.Count > ChannelPermissionsLimits.MaxChannels
            ? Problems.Validation(new FieldError("channels", "too_many", $"At most {ChannelPermissionsLimits.MaxChannels} channels at once."))
            : TypedResults.Ok(new ChannelPermissionsAnswers(await AnswerAsync(body.Channels, body.User, authority, directory, cancellationToken)));

    private static async Task<List<ChannelPermissionsAnswer>> AnswerAsync(
        IReadOnlyList<Guid> channels, Guid user, ChannelAuthority authority, ChannelDirectory directory, CancellationToken cancellationToken)
    {
        var own = new List<Guid>();
        foreach (var channel in channels)
        {
            if (await directory.FindAsync(channel, cancellationToken) is { Kind: not ChannelKind.Server })
                own.Add(channel);
        }

        var visible = await authority.GetManyAsync(own, user, cancellationToken);
        return [.. visible.Select(one => new ChannelPermissionsAnswer(one.Key, one.Value.Server, one.Value.Granted, one.Value.Rev, one.Value.SlowMode, one.Value.Parent))];
    }
}
