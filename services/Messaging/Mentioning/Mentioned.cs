using System.Text.Json;
using System.Text.Json.Serialization;
using Chat.Messaging.Messages;

namespace Chat.Messaging.Mentioning;

/// <summary>A message that mentions the reader.</summary>
/// <param name="Server">Absent in a conversation.</param>
/// <param name="Kind">In what way; of several the nearest.</param>
internal sealed record Mentioned(Message Message, Guid? Server, MentionKind Kind);

/// <summary>A page of the inbox.</summary>
/// <param name="Items">Newest first.</param>
/// <param name="Next">The cursor of the next page; absent on the last.</param>
internal sealed record MentionPage(IReadOnlyList<Mentioned> Items, string? Next);

/// <summary>In what way a message mentions somebody, from near to far.</summary>
[JsonConverter(typeof(MentionKindConverter))]
internal enum MentionKind
{
    /// <summary>By themselves.</summary>
    User,

    /// <summary>By a role that they hold now.</summary>
    Role,

    /// <summary>By <c>@everyone</c>.</summary>
    Everyone,

    /// <summary>By <c>@here</c>.</summary>
    Here,
}

/// <summary><c>user</c>, <c>role</c>, …</summary>
internal sealed class MentionKindConverter() : JsonStringEnumConverter<MentionKind>(JsonNamingPolicy.SnakeCaseLower, allowIntegerValues: false);
