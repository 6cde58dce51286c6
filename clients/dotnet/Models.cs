using System.Text.Json;

namespace Chat.Client;

/// <summary>A person, as others see them.</summary>
public sealed record ChatUser(Guid Id, string Username, string DisplayName);

/// <summary>A channel. <paramref name="Kind"/> is <c>text</c>, <c>voice</c>, …; <paramref name="Server"/> is null in a direct conversation.</summary>
public sealed record ChatChannel(Guid Id, string Name, string Kind, Guid? Server);

/// <summary>A server (community) with the channels the caller can see.</summary>
public sealed record ChatServer(Guid Id, string Name, Guid Owner, long Rev, IReadOnlyList<ChatChannel>? Channels);

/// <summary>An invite; <paramref name="Code"/> is what <see cref="ChatClient.AcceptInviteAsync"/> takes.</summary>
public sealed record ChatInvite(string Code);

/// <summary>A message. <paramref name="Seq"/> is its place in the channel, <paramref name="Rev"/> the revision of its last change.</summary>
public sealed record ChatMessage(
    Guid Id, Guid Channel, long Seq, long Rev, ChatUser Author, string Content, string? Nonce, Guid? ReplyTo, DateTimeOffset CreatedAt);

/// <summary>A page of history, in ascending <c>seq</c>.</summary>
public sealed record HistoryPage(IReadOnlyList<ChatMessage> Items, bool HasBefore, bool HasAfter);

/// <summary>One entry of a channel's log: its type (<c>message.sent</c>, …), its revision, and the data a socket frame carries in <c>d</c>.</summary>
public sealed record Change(string T, long Rev, JsonElement D);

/// <summary>A page of a channel's log, in ascending revision. Ask again with <see cref="Rev"/> while <see cref="More"/> is true.</summary>
public sealed record ChangePage(IReadOnlyList<Change> Items, long Rev, bool More);

/// <summary>The session that a login opened.</summary>
public sealed record ChatSession(Guid Id, DateTimeOffset ExpiresAt);

/// <summary>The answer to a login.</summary>
public sealed record LoginResult(ChatUser User, ChatSession Session);

/// <summary>A single-use ticket for one socket. <paramref name="Url"/> is complete: connect to it as it is, before <paramref name="ExpiresAt"/>.</summary>
public sealed record SocketTicket(string Ticket, Uri Url, DateTimeOffset ExpiresAt);
