using System.Text.Json;
using Chat.Messaging.Messages;
using Chat.ServiceDefaults;

namespace Chat.Messaging.Threads;

/// <summary>The rules of a thread's name: those of a message's text, on one line, with 1 to <see cref="MaxCharacters"/> code points.</summary>
internal static class ThreadName
{
    public const int MaxCharacters = 100;

    /// <summary>The name as it is stored; null and an error otherwise.</summary>
    public static string? Check(JsonElement? element, List<FieldError> errors)
    {
        var found = new List<FieldError>();
        var name = SendMessage.CheckContent(element, found);
        errors.AddRange(found.Select(error => error with { Field = "name" }));
        if (name is null)
            return null;
        if (name.Any(char.IsControl))
        {
            errors.Add(new FieldError("name", "control_character", "A name has one line and no control characters."));
            return null;
        }

        if (name.EnumerateRunes().Count() <= MaxCharacters)
            return name;
        errors.Add(new FieldError("name", "too_long", $"A name has at most {MaxCharacters} characters."));
        return null;
    }
}
