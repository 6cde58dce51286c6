using System.Globalization;
using System.Text.Json;
using Chat.Messaging.Mentioning;
using Chat.Messaging.Polls;
using Chat.Messaging.Text;
using Chat.ServiceDefaults;

namespace Chat.Messaging.Messages;

/// <summary>
/// The body of a send. The fields stay raw JSON, so that a wrong type is reported for its field like any other mistake.
/// </summary>
/// <param name="Content">Text, see <see cref="MessageText"/>. Required unless there is a poll.</param>
/// <param name="Nonce">The client's key for this message: 1 to 64 visible ASCII characters, unique for the author in the channel. Required.</param>
/// <param name="ReplyTo">The id of a message in the same channel. Optional.</param>
/// <param name="Poll">A question with answers, see <see cref="NewPoll"/>. Optional.</param>
/// <param name="Attachments">Ids of files. As long as there are none: absent or an empty list, so that nobody takes for sent what was left out.</param>
internal sealed record SendMessage(
    JsonElement? Content = null, JsonElement? Nonce = null, JsonElement? ReplyTo = null, JsonElement? Poll = null, JsonElement? Attachments = null)
{
    public const int MaxNonceLength = 64;

    /// <summary>Checks everything that can be checked without the store. Errors come for all fields at once.</summary>
    /// <returns>The valid fields, or null when <paramref name="errors"/> has entries.</returns>
    public ValidMessage? Validate(List<FieldError> errors)
    {
        var content = CheckContent(Content, errors, mayBeEmpty: Poll is not null);
        var nonce = CheckNonce(errors);
        var replyTo = CheckReplyTo(ReplyTo, errors);
        var poll = NewPoll.Read(Poll, errors);
        CheckAttachments(errors);
        return errors.Count == 0 && content is not null && nonce is not null ? new ValidMessage(content, nonce, replyTo) { Poll = poll } : null;
    }

    /// <param name="mayBeEmpty">Whether there is something else to show; absent and white space are then the empty text.</param>
    public static string? CheckContent(JsonElement? element, List<FieldError> errors, bool mayBeEmpty = false)
    {
        if (mayBeEmpty && element is null)
            return "";
        if (ReadText(element, "content", errors) is not { } raw)
            return null;
        if (mayBeEmpty && string.IsNullOrWhiteSpace(raw))
            return "";
        var (text, code, problem) = MessageText.Normalise(raw);
        if (code is not null && problem is not null)
            errors.Add(new FieldError("content", code, problem));
        return text;
    }

    private string? CheckNonce(List<FieldError> errors)
    {
        if (ReadText(Nonce, "nonce", errors) is not { } nonce)
            return null;
        switch (nonce.Length)
        {
            case 0:
                errors.Add(new FieldError("nonce", "required", "The nonce is empty."));
                return null;
            case > MaxNonceLength:
                errors.Add(new FieldError("nonce", "too_long", string.Create(CultureInfo.InvariantCulture, $"The nonce has more than {MaxNonceLength} characters.")));
                return null;
        }

        if (nonce.All(c => c is > ' ' and <= '~'))
            return nonce;
        errors.Add(new FieldError("nonce", "invalid_characters", "The nonce may have visible ASCII characters only."));
        return null;
    }

    private void CheckAttachments(List<FieldError> errors)
    {
        if (Attachments is { ValueKind: not (JsonValueKind.Array or JsonValueKind.Null) })
            errors.Add(new FieldError("attachments", "invalid_type", "The field takes a list of ids."));
        else if (Attachments is { ValueKind: JsonValueKind.Array } files && files.GetArrayLength() > 0)
            errors.Add(new FieldError("attachments", "not_available", "Files cannot be attached yet."));
    }

    public static Guid? CheckReplyTo(JsonElement? element, List<FieldError> errors)
    {
        if (element is null || ReadText(element, "replyTo", errors) is not { } text)
            return null;
        if (Guid.TryParseExact(text, "D", out var id))
            return id;
        errors.Add(new FieldError("replyTo", "invalid_id", "The id of the answered message is not a UUID."));
        return null;
    }

    /// <summary>A string that has to be there; null and an error when it is not, or is none.</summary>
    public static string? ReadText(JsonElement? element, string field, List<FieldError> errors)
    {
        switch (element?.ValueKind)
        {
            case null:
                errors.Add(new FieldError(field, "required", "The field is missing."));
                return null;
            case JsonValueKind.String:
                break;
            default:
                errors.Add(new FieldError(field, "invalid_type", "The field takes a string."));
                return null;
        }

        try
        {
            return element.Value.GetString();
        }
        catch (InvalidOperationException)
        {
            // How the reader reports bytes that are no UTF-8, or an escape such as \ud800 without its other half.
            errors.Add(new FieldError(field, "invalid_text", "The string is no valid Unicode text."));
            return null;
        }
    }
}

/// <summary>A send whose fields are in order: text normalised, nonce in range.</summary>
internal sealed record ValidMessage(string Content, string Nonce, Guid? ReplyTo)
{
    public MessageKind Kind { get; init; }

    /// <summary>What it has besides text; null: nothing.</summary>
    public MessageParts? Parts { get; init; }

    /// <summary>The question it asks; null: none.</summary>
    public NewPoll? Poll { get; init; }

    /// <summary>Who is to be told that it mentions them: users, roles, and the channel itself for everybody in it.</summary>
    public IReadOnlyList<Guid> Mentioned { get; init; } = [];

    /// <summary>It is sent for its author at a time they chose before: they need not have read what came before it.</summary>
    public bool FromSchedule { get; init; }

    /// <summary>The same with whom it mentions and what it links to.</summary>
    public ValidMessage With(ResolvedMentions named) => this with
    {
        Parts = (Parts ?? new MessageParts()) with { Mentions = named.Mentions, Links = Links.Find(Content) },
        Mentioned = named.Targets,
    };

    /// <summary>What it has besides text when it gets its place at this time, from which on a poll runs.</summary>
    public MessageParts? PartsAt(DateTimeOffset time) => Poll is null ? Parts : (Parts ?? new MessageParts()) with { Poll = Poll.Open(time) };
}
