using Chat.ServiceDefaults;
using Chat.ServiceDefaults.Json;

namespace Chat.Servers.Channels;

/// <summary>What a new channel is to be.</summary>
/// <param name="Name">1 to 100 characters.</param>
/// <param name="Kind">One of <see cref="Channel.Kinds"/>.</param>
/// <param name="Category">A category of the server; null: none.</param>
/// <param name="Topic">Up to 1024 characters, with line breaks; null or empty: none.</param>
/// <param name="SlowMode">0 to 21600 seconds, where messages are written.</param>
/// <param name="Private">Whether only overrides let anybody see it.</param>
internal sealed record CreateChannel(string? Name = null, string? Kind = null, Guid? Category = null, string? Topic = null, int SlowMode = 0, bool Private = false)
{
    /// <summary>Checks what can be checked without looking anything up, and puts texts into the form in which they are kept.</summary>
    public IReadOnlyList<FieldError> Check(out CreateChannel clean)
    {
        var errors = new List<FieldError>();
        ChannelFields.Add(errors, ChannelFields.Name(Name, out var name));
        ChannelFields.Add(errors, ChannelFields.Topic(Topic, out var topic));
        ChannelFields.Add(errors, ChannelFields.SlowMode(SlowMode));
        if (Kind is null || !Channel.Kinds.Contains(Kind))
        {
            errors.Add(new FieldError("kind", Kind is null ? "required" : "invalid", $"One of {string.Join(", ", Channel.Kinds)}."));
        }
        else if (SlowMode != 0 && !Channel.HasSlowMode(Kind))
        {
            errors.Add(ChannelProblems.NoSlowMode);
        }

        clean = this with { Name = name, Topic = topic };
        return errors;
    }
}

/// <summary>What is to change in a channel; what is absent stays.</summary>
/// <param name="Name">1 to 100 characters.</param>
/// <param name="Topic">Up to 1024 characters, with line breaks; null or empty: none.</param>
/// <param name="SlowMode">0 to 21600 seconds, where messages are written.</param>
/// <param name="Category">A category of the server, at whose end it goes; null: none.</param>
/// <param name="Private">Whether only overrides let anybody see it.</param>
internal sealed record ChangeChannel(
    Optional<string> Name = default, Optional<string?> Topic = default, Optional<int> SlowMode = default, Optional<Guid?> Category = default, Optional<bool> Private = default)
{
    /// <inheritdoc cref="CreateChannel.Check"/>
    public IReadOnlyList<FieldError> Check(out ChangeChannel clean)
    {
        var errors = new List<FieldError>();
        clean = this;
        if (Name.TryGet(out var given))
        {
            ChannelFields.Add(errors, ChannelFields.Name(given, out var name));
            clean = clean with { Name = new(name) };
        }

        if (Topic.TryGet(out var about))
        {
            ChannelFields.Add(errors, ChannelFields.Topic(about, out var topic));
            clean = clean with { Topic = new(topic) };
        }

        ChannelFields.Add(errors, ChannelFields.SlowMode(SlowMode.Or(0)));
        return errors;
    }
}

/// <summary>The rules for single fields of channels and categories.</summary>
internal static class ChannelFields
{
    public static FieldError? Name(string? input, out string name) => PlainText.Check("name", input, 1, Channel.MaxNameLength, out name);

    /// <summary>An empty topic is none.</summary>
    public static FieldError? Topic(string? input, out string? topic)
    {
        var error = PlainText.Check("topic", input ?? "", 0, Channel.MaxTopicLength, out var text, lines: true);
        topic = text.Length == 0 ? null : text;
        return error;
    }

    public static FieldError? SlowMode(int seconds) =>
        seconds is < 0 or > Channel.MaxSlowMode ? new FieldError("slowMode", "out_of_range", $"0 to {Channel.MaxSlowMode} seconds.") : null;

    public static void Add(List<FieldError> errors, FieldError? error)
    {
        if (error is not null)
        {
            errors.Add(error);
        }
    }
}
