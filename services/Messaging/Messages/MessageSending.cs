using Chat.Access;
using Chat.Contracts;
using Chat.Messaging.Conversations;
using Chat.Messaging.Limits;
using Chat.Messaging.Mentioning;
using Chat.Messaging.Threads;
using Chat.Messaging.Writing;
using Chat.ServiceDefaults;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Chat.Messaging.Messages;

/// <summary>
/// The way everything that a person says is sent, now or later: by the permission of this moment, with whom it mentions, asked for again where rights were taken away meanwhile, and
/// with a thread that rests opened before. What is certainly not stored in the end gives its turn of slow mode back.
/// </summary>
internal sealed class MessageSending(IChannelPermissions permissions, MentionResolver mentions, MessageWriter writer, IServiceScopeFactory scopes)
{
    /// <summary>How often a send asks for permission. Each further time takes another loss of rights in the server since the last, or a thread that came to rest.</summary>
    private const int MaxAttempts = 5;

    private static readonly TimeSpan RetrySoon = TimeSpan.FromSeconds(1);

    /// <param name="validate">Reads the message; null with errors. Asked only of those who may send.</param>
    /// <param name="limits">Of this send.</param>
    /// <param name="admit">Counts it by these limits, once; a problem refuses it.</param>
    public async Task<SendEnd> SendAsync(
        Guid channel,
        Author author,
        Func<List<FieldError>, ValidMessage?> validate,
        SendLimits limits,
        Func<ChannelAccess, ValidMessage, Task<ProblemHttpResult?>> admit,
        CancellationToken cancellationToken)
    {
        // How the writer left it; null: it has not come to that.
        SendOutcome? left = null;
        try
        {
            for (var attempt = 1; ; attempt++)
            {
                if (await permissions.GetAsync(channel, author.Id, cancellationToken) is not { } access)
                    return new SendEnd(null, null, MessagesApi.ChannelNotFound());
                if (!access.Allows(Permissions.SendMessages))
                {
                    return new SendEnd(null, null, await RequestRefusalAsync(access.Server, author.Id, cancellationToken)
                        ?? Problems.Forbidden("missing_permission", "Sending messages in this channel is not allowed for the caller."));
                }

                var errors = new List<FieldError>();
                if (validate(errors) is not { } message)
                    return new SendEnd(null, null, Problems.Validation(errors));
                var named = await mentions.ResolveAsync(channel, access, message.Content, cancellationToken);
                if (named.Problem is { } problem)
                    return new SendEnd(null, null, problem);
                if (attempt == 1 && await admit(access, message) is { } refused)
                    return new SendEnd(null, null, refused);

                // Until the writer answers, and where the request is given up meanwhile, nobody knows.
                left = new SendOutcome.StoreUnavailable();
                left = await writer.SendAsync(channel, access, author, message.With(named), cancellationToken);
                if (attempt == MaxAttempts || left is not (SendOutcome.Recheck or SendOutcome.Archived))
                    return End(left);
                if (left is SendOutcome.Archived)
                    await ReopenAsync(channel, cancellationToken);
            }
        }
        finally
        {
            await limits.SettleAsync(left);
        }
    }

    // Few sends need a context; renting one for each costs more than validating it.

    private async Task<ProblemHttpResult?> RequestRefusalAsync(Guid conversation, Guid asker, CancellationToken cancellationToken)
    {
        await using var scope = scopes.CreateAsyncScope();
        return await scope.ServiceProvider.GetRequiredService<MessageRequests>().RefusalAsync(conversation, asker, cancellationToken);
    }

    private async Task ReopenAsync(Guid thread, CancellationToken cancellationToken)
    {
        await using var scope = scopes.CreateAsyncScope();
        await scope.ServiceProvider.GetRequiredService<ThreadRest>().ReopenAsync(thread, cancellationToken);
    }

    private static SendEnd End(SendOutcome outcome) => outcome is SendOutcome.Sent sent ? new SendEnd(sent.Message, outcome, null) : new SendEnd(null, outcome, Refusal(outcome));

    private static ProblemHttpResult Refusal(SendOutcome outcome) =>
        outcome switch
        {
            SendOutcome.Recheck => Problems.Unavailable(
                "permissions_changing", "Permissions in this server change faster than this could be sent. Repeat the request with the same nonce.", RetrySoon),
            SendOutcome.Locked => MessagesApi.ThreadLocked(),
            SendOutcome.RequestPending => MessageRequests.Pending(),
            SendOutcome.ReplyNotFound => Problems.Validation(new FieldError("replyTo", "reply_not_found", "The answered message is not in this channel.")),
            SendOutcome.Rejected => Problems.Unprocessable("message_rejected", "The message cannot be stored as it is."),
            SendOutcome.Busy or SendOutcome.Archived => Problems.Unavailable("busy", "More messages are being sent than can be stored. Nothing was stored.", RetrySoon),
            SendOutcome.StoreUnavailable => Problems.Unavailable("store_unavailable", "The message store does not answer. Repeat the request with the same nonce.", RetrySoon),
            var unknown => throw new InvalidOperationException($"No answer for {unknown.GetType().Name}."),
        };
}

/// <summary>How a send ended: with the message as it is stored, or a problem.</summary>
/// <param name="Outcome">The writer's; null when it did not get that far.</param>
internal sealed record SendEnd(Message? Message, SendOutcome? Outcome, ProblemHttpResult? Problem);
