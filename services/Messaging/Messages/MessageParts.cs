using System.Text.Json;
using Chat.Messaging.Polls;
using Chat.Messaging.Reactions;
using Chat.ServiceDefaults.Json;

namespace Chat.Messaging.Messages;

/// <summary>What most messages do not have. One column of JSON, null for those, so that a plain message costs nothing.</summary>
internal sealed record MessageParts
{
    /// <inheritdoc cref="Message.Mentions"/>
    public Mentions? Mentions { get; init; }

    /// <inheritdoc cref="Message.Links"/>
    public IReadOnlyList<string>? Links { get; init; }

    /// <inheritdoc cref="Message.Attachments"/>
    public IReadOnlyList<Guid>? Attachments { get; init; }

    /// <inheritdoc cref="Message.Reactions"/>
    public IReadOnlyList<ReactionCount>? Reactions { get; init; }

    /// <inheritdoc cref="Message.Poll"/>
    public PollState? Poll { get; init; }

    /// <inheritdoc cref="Message.Thread"/>
    public ThreadLink? Thread { get; init; }

    /// <inheritdoc cref="Message.System"/>
    public SystemNote? System { get; init; }

    /// <summary>As it is stored: null when there is nothing.</summary>
    public static string? Write(MessageParts? parts)
    {
        var json = parts is null ? null : JsonSerializer.Serialize(parts, JsonDefaults.Options);
        return json is "{}" ? null : json;
    }

    public static MessageParts? Read(string? json) => json is null ? null : JsonSerializer.Deserialize<MessageParts>(json, JsonDefaults.Options);
}

/// <summary>Whom and what a text mentions, as far as its author was allowed to. Absent where there is none of the kind.</summary>
/// <param name="Users">Each of whom can see the channel.</param>
/// <param name="Roles">Of the channel's server.</param>
/// <param name="Channels">As written; whoever reads may not see them all.</param>
/// <param name="Everyone">True for <c>@everyone</c>.</param>
/// <param name="Here">True for <c>@here</c>.</param>
internal sealed record Mentions(
    IReadOnlyList<Guid>? Users = null, IReadOnlyList<Guid>? Roles = null, IReadOnlyList<Guid>? Channels = null, bool? Everyone = null, bool? Here = null);

/// <summary>The thread that was opened under a message.</summary>
/// <param name="Id">The thread is a channel with this id.</param>
/// <param name="ArchivedAt">Since when it rests; absent: it does not.</param>
/// <param name="Locked">True when only moderators may write in it.</param>
internal sealed record ThreadLink(Guid Id, string Name, DateTimeOffset? ArchivedAt = null, bool? Locked = null);

/// <summary>What a system message tells, as far as its kind needs it; its author is who did it.</summary>
/// <param name="User">Who was added, removed, or became owner.</param>
/// <param name="Message">The message that was pinned or has a thread now.</param>
/// <param name="Name">The new name.</param>
/// <param name="Before">The name before.</param>
/// <param name="Call">The call that began.</param>
/// <param name="Thread">The thread that was opened.</param>
internal sealed record SystemNote(Guid? User = null, Guid? Message = null, string? Name = null, string? Before = null, Guid? Call = null, Guid? Thread = null);
