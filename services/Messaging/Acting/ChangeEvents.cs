using System.Text.Json;
using Chat.Contracts;
using Chat.Messaging.Messages;
using Chat.ServiceDefaults.Json;

namespace Chat.Messaging.Acting;

/// <summary>The events of changes, made from the message as it is after the change.</summary>
internal static class ChangeEvents
{
    public static MessageSent Sent(Message message) => new()
    {
        Channel = message.Channel,
        Rev = message.Rev,
        Message = message.Id,
        Author = message.Author.Id,
        Body = Body(message),
        At = message.CreatedAt,
    };

    public static MessageEdited Edited(Message message, DateTimeOffset at) =>
        new() { Channel = message.Channel, Rev = message.Rev, Message = message.Id, Body = Body(message), At = at };

    public static MessageDeleted Deleted(Message message, Guid? by, DateTimeOffset at) =>
        new() { Channel = message.Channel, Rev = message.Rev, Message = message.Id, By = by, Body = Body(message), At = at };

    public static JsonElement Body(Message message) => JsonSerializer.SerializeToElement(message, JsonDefaults.Options);
}
