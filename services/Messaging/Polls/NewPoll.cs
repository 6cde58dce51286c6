using System.Text.Json;
using Chat.Messaging.Messages;
using Chat.Messaging.Text;
using Chat.ServiceDefaults;

namespace Chat.Messaging.Polls;

/// <summary>A poll as it was asked for: texts normalised, everything in range.</summary>
/// <param name="Duration">From the moment its message gets its place.</param>
internal sealed record NewPoll(string Question, IReadOnlyList<string> Answers, bool Multiple, TimeSpan Duration)
{
    /// <summary>Unicode code points.</summary>
    public const int MaxQuestion = 300;

    /// <summary>Unicode code points.</summary>
    public const int MaxAnswer = 100;

    public const int MinAnswers = 2;

    public const int MaxAnswers = 10;

    private const int MinSeconds = 60;
    private const int MaxSeconds = 32 * 24 * 60 * 60;
    private const int UsualSeconds = 24 * 60 * 60;

    /// <summary>As it begins.</summary>
    public PollState Open(DateTimeOffset at) => new(Question, [.. Answers.Select(text => new PollAnswer(text, 0))], 0, at + Duration, Multiple ? true : null);

    /// <summary>Reads the member <c>poll</c> of a send: <c>{question, answers: [{text}], multiple?, duration?}</c>, the duration in seconds.</summary>
    /// <returns>Null when it is absent, or has errors.</returns>
    public static NewPoll? Read(JsonElement? element, List<FieldError> errors)
    {
        if (element is not { } poll)
            return null;
        if (poll.ValueKind != JsonValueKind.Object)
        {
            errors.Add(new FieldError("poll", "invalid_type", "A poll is an object."));
            return null;
        }

        var before = errors.Count;
        var question = Line(Member(poll, "question"), "poll.question", MaxQuestion, errors);
        var answers = ReadAnswers(Member(poll, "answers"), errors);
        var multiple = ReadMultiple(Member(poll, "multiple"), errors);
        var duration = ReadDuration(Member(poll, "duration"), errors);
        return errors.Count == before && question is not null ? new NewPoll(question, answers, multiple, duration) : null;
    }

    private static List<string> ReadAnswers(JsonElement? element, List<FieldError> errors)
    {
        const string Field = "poll.answers";
        if (element is not { ValueKind: JsonValueKind.Array } list)
        {
            errors.Add(new FieldError(Field, element is null ? "required" : "invalid_type", "The field takes a list of answers."));
            return [];
        }

        if (list.GetArrayLength() is < MinAnswers or > MaxAnswers)
        {
            errors.Add(new FieldError(Field, "out_of_range", $"A poll has {MinAnswers} to {MaxAnswers} answers."));
            return [];
        }

        var answers = new List<string>();
        foreach (var (place, item) in list.EnumerateArray().Index())
        {
            var field = $"{Field}[{place}]";
            if (item.ValueKind != JsonValueKind.Object)
                errors.Add(new FieldError(field, "invalid_type", "An answer is an object with a text."));
            else if (Line(Member(item, "text"), field, MaxAnswer, errors) is not { } text)
                continue;
            else if (answers.Contains(text))
                errors.Add(new FieldError(field, "duplicate", "Another answer says the same."));
            else
                answers.Add(text);
        }

        return answers;
    }

    private static bool ReadMultiple(JsonElement? element, List<FieldError> errors)
    {
        if (element is { ValueKind: not (JsonValueKind.True or JsonValueKind.False) })
            errors.Add(new FieldError("poll.multiple", "invalid_type", "The field takes true or false."));
        return element is { ValueKind: JsonValueKind.True };
    }

    private static TimeSpan ReadDuration(JsonElement? element, List<FieldError> errors)
    {
        if (element is not { } given)
            return TimeSpan.FromSeconds(UsualSeconds);
        if (given.ValueKind == JsonValueKind.Number && given.TryGetInt32(out var seconds) && seconds is >= MinSeconds and <= MaxSeconds)
            return TimeSpan.FromSeconds(seconds);
        errors.Add(new FieldError("poll.duration", "out_of_range", $"The duration is a whole number of seconds from {MinSeconds} to {MaxSeconds}."));
        return default;
    }

    private static string? Line(JsonElement? element, string field, int most, List<FieldError> errors)
    {
        if (SendMessage.ReadText(element, field, errors) is not { } raw)
            return null;
        var (text, code, problem) = MessageText.NormaliseLine(raw, most);
        if (code is not null && problem is not null)
            errors.Add(new FieldError(field, code, problem));
        return text;
    }

    /// <summary>Null and absent are the same.</summary>
    private static JsonElement? Member(JsonElement parent, string name) =>
        parent.TryGetProperty(name, out var member) && member.ValueKind != JsonValueKind.Null ? member : null;
}
