using System.Globalization;
using System.Text.Json;
using Chat.Messaging.Mentioning;
using Chat.Messaging.Messages;
using Chat.Messaging.Text;
using Chat.ServiceDefaults;
using Chat.ServiceDefaults.Json;

namespace Chat.Messaging.Scheduling;

/// <summary>The body of a message for later. The fields stay raw JSON, so that a wrong type is reported for its field.</summary>
/// <param name="Content">Text by the rules of a send. Required.</param>
/// <param name="SendAt">When: ISO 8601 with an offset, in the future, at most <see cref="ScheduledTime.MaxDays"/> days ahead. Required.</param>
/// <param name="ReplyTo">The id of a message in the same channel. Optional.</param>
internal sealed record ScheduleMessage(JsonElement? Content = null, JsonElement? SendAt = null, JsonElement? ReplyTo = null)
{
    public (string Content, DateTimeOffset SendAt, Guid? ReplyTo)? Validate(DateTimeOffset now, List<FieldError> errors)
    {
        var content = ScheduledText.Check(Content, errors);
        var sendAt = ScheduledTime.Check(SendAt, now, errors);
        var replyTo = SendMessage.CheckReplyTo(ReplyTo, errors);
        return errors.Count == 0 && content is not null && sendAt is { } at ? (content, at, replyTo) : null;
    }
}

/// <summary>The body of a change; what is absent stays.</summary>
/// <param name="ReplyTo">Null: it answers nothing any more.</param>
internal sealed record EditScheduled(JsonElement? Content = null, JsonElement? SendAt = null, Optional<JsonElement?> ReplyTo = default)
{
    public ScheduledEdit Validate(DateTimeOffset now, List<FieldError> errors) => new(
        Content is null ? null : ScheduledText.Check(Content, errors),
        SendAt is null ? null : ScheduledTime.Check(SendAt, now, errors),
        ReplyTo.IsSet,
        SendMessage.CheckReplyTo(ReplyTo.Or(null), errors));
}

/// <summary>What is to change; null: it stays.</summary>
/// <param name="Replies">Whether <paramref name="ReplyTo"/> is to change.</param>
internal sealed record ScheduledEdit(string? Content, DateTimeOffset? SendAt, bool Replies, Guid? ReplyTo);

/// <summary>What a message for later may say: what it could say now.</summary>
internal static class ScheduledText
{
    public static string? Check(JsonElement? element, List<FieldError> errors)
    {
        if (SendMessage.CheckContent(element, errors) is not { } content)
            return null;
        if (!MentionText.Find(content).TooMany)
            return content;
        errors.Add(new FieldError("content", "too_many_mentions", $"A message mentions at most {MentionText.Max} users, as many roles and as many channels."));
        return null;
    }
}

/// <summary>When a message may be sent later.</summary>
internal static class ScheduledTime
{
    public const int MaxDays = 365;

    public static DateTimeOffset? Check(JsonElement? element, DateTimeOffset now, List<FieldError> errors)
    {
        if (element is not { } given)
        {
            errors.Add(new FieldError("sendAt", "required", "The field is missing."));
            return null;
        }

        if (!JsonText.IsSound(given) || !given.TryGetDateTimeOffset(out var at) || !HasOffset(given))
        {
            errors.Add(new FieldError("sendAt", "invalid_time", "The time is ISO 8601 with an offset, such as 2026-01-31T12:00:00Z."));
            return null;
        }

        if (at <= now || at > now.AddDays(MaxDays))
        {
            errors.Add(new FieldError("sendAt", "out_of_range", string.Create(CultureInfo.InvariantCulture, $"The time lies in the future, at most {MaxDays} days ahead.")));
            return null;
        }

        // As it is stored and answered: in UTC with milliseconds.
        return DateTimeOffset.FromUnixTimeMilliseconds(at.ToUnixTimeMilliseconds());
    }

    /// <summary>Without one the time would be that of this machine.</summary>
    private static bool HasOffset(JsonElement text) =>
        text.GetString() is { Length: > 10 } raw && (raw.EndsWith('Z') || raw.EndsWith('z') || raw.AsSpan(10).IndexOfAny('+', '-') >= 0);
}
