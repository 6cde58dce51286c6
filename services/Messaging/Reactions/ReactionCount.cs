namespace Chat.Messaging.Reactions;

/// <summary>How many reacted with an emoji.</summary>
/// <param name="Emoji">One Unicode emoji, fully qualified.</param>
/// <param name="Count">At least 1.</param>
/// <param name="Me">True when whoever asked is among them; absent otherwise, and in everything that goes to many.</param>
internal sealed record ReactionCount(string Emoji, int Count, bool? Me = null);
