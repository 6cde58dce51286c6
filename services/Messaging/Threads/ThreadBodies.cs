using System.Text.Json;
using Chat.ServiceDefaults;

namespace Chat.Messaging.Threads;

/// <summary>The body of a request for a thread. The fields stay raw JSON, so that a wrong type is reported for its field.</summary>
/// <param name="Name">See <see cref="ThreadName"/>. Required.</param>
/// <param name="ArchiveAfter">Seconds, one of <see cref="ThreadTimes.Allowed"/>; without it a day.</param>
internal sealed record OpenThread(JsonElement? Name = null, JsonElement? ArchiveAfter = null)
{
    public (string Name, int ArchiveAfter)? Validate(List<FieldError> errors)
    {
        var name = ThreadName.Check(Name, errors);
        var after = ArchiveAfter is { } given ? ThreadTimes.Check(given, errors) : ThreadTimes.Usual;
        return errors.Count == 0 && name is not null ? (name, after) : null;
    }
}

/// <summary>The body of a change; what is absent stays.</summary>
/// <param name="Name">Another name.</param>
/// <param name="Archived">Whether it rests.</param>
/// <param name="Locked">Whether only those who manage threads may write in it.</param>
/// <param name="ArchiveAfter">Seconds, one of <see cref="ThreadTimes.Allowed"/>.</param>
internal sealed record EditThread(JsonElement? Name = null, JsonElement? Archived = null, JsonElement? Locked = null, JsonElement? ArchiveAfter = null)
{
    public ThreadEdit Validate(List<FieldError> errors) => new(
        Name is null ? null : ThreadName.Check(Name, errors),
        Flag(Archived, "archived", errors),
        Flag(Locked, "locked", errors),
        ArchiveAfter is { } after ? ThreadTimes.Check(after, errors) : null);

    private static bool? Flag(JsonElement? element, string field, List<FieldError> errors)
    {
        switch (element?.ValueKind)
        {
            case null:
                return null;
            case JsonValueKind.True:
                return true;
            case JsonValueKind.False:
                return false;
            default:
                errors.Add(new FieldError(field, "invalid_type", "The field takes true or false."));
                return null;
        }
    }
}

/// <summary>What is to change of a thread; null: it stays.</summary>
internal sealed record ThreadEdit(string? Name, bool? Archived, bool? Locked, int? ArchiveAfter);

/// <summary>How long nothing is said in a thread before it rests.</summary>
internal static class ThreadTimes
{
    public const int Usual = 86_400;

    /// <summary>An hour, a day, three days, a week.</summary>
    public static IReadOnlyList<int> Allowed { get; } = [3600, Usual, 259_200, 604_800];

    public static int Check(JsonElement element, List<FieldError> errors)
    {
        if (element.ValueKind == JsonValueKind.Number && element.TryGetInt32(out var seconds) && Allowed.Contains(seconds))
            return seconds;
        errors.Add(new FieldError("archiveAfter", "not_allowed", $"The time is one of {string.Join(", ", Allowed)} seconds."));
        return Usual;
    }
}
