using Chat.Servers.Roles;
using Chat.ServiceDefaults;

namespace Chat.Servers.Servers;

/// <summary>The rules for what a server says of itself, besides its tags (<see cref="ServerTags"/>).</summary>
internal static class ServerRules
{
    /// <summary>The built-in roles that newcomers can be given.</summary>
    public static readonly IReadOnlyList<string> Newcomers = [BuiltInRole.Member.Code, BuiltInRole.Guest.Code];

    /// <summary><see cref="Server.MinNameLength"/> to <see cref="Server.MaxNameLength"/> characters.</summary>
    public static FieldError? Name(string? input, out string name) => PlainText.Check("name", input, Server.MinNameLength, Server.MaxNameLength, out name);

    /// <summary>Up to <see cref="Server.MaxDescriptionLength"/> characters, with line breaks; an empty one is none.</summary>
    public static FieldError? Description(string? input, out string? description)
    {
        var error = PlainText.Check("description", input ?? "", 0, Server.MaxDescriptionLength, out var text, lines: true);
        description = text.Length == 0 ? null : text;
        return error;
    }

    /// <summary>One of <see cref="ServerCategory.Every"/>, in upper or lower case.</summary>
    public static FieldError? Category(string? input, out string category) => OneOf("category", input, ServerCategory.Every, out category);

    /// <summary>One of <see cref="Newcomers"/>, in upper or lower case.</summary>
    public static FieldError? NewcomersRole(string? input, out string role) => OneOf("newcomers", input, Newcomers, out role);

    private static FieldError? OneOf(string field, string? input, IReadOnlyList<string> all, out string found)
    {
        found = all.FirstOrDefault(one => one.Equals(input, StringComparison.OrdinalIgnoreCase)) ?? "";
        return input is null ? new FieldError(field, "required", "A value is required.")
            : found.Length == 0 ? new FieldError(field, "unknown", $"One of: {string.Join(", ", all)}.")
            : null;
    }
}
