using Chat.ServiceDefaults;
using Chat.ServiceDefaults.Json;

namespace Chat.Servers.Servers;

/// <summary>What a new server is to be. What is left out comes from the template, or is the default.</summary>
/// <param name="Name">2 to 100 characters.</param>
/// <param name="Description">Up to 1000 characters, with line breaks.</param>
/// <param name="Public">Whether anybody may find and join it; not unless it says so.</param>
/// <param name="Category">One of <see cref="ServerCategory.Every"/>.</param>
/// <param name="Tags">Up to 10; see <see cref="ServerTags"/>.</param>
/// <param name="Icon">A file.</param>
/// <param name="Banner">A file.</param>
/// <param name="Newcomers">The built-in role that newcomers get: <c>member</c> or <c>guest</c>.</param>
/// <param name="Template">The code of the template to create it from.</param>
internal sealed record CreateServer(
    string? Name = null,
    string? Description = null,
    bool? Public = null,
    string? Category = null,
    IReadOnlyList<string?>? Tags = null,
    Guid? Icon = null,
    Guid? Banner = null,
    string? Newcomers = null,
    string? Template = null)
{
    /// <summary>Checks it; what is not given stays null.</summary>
    public List<FieldError> Check(out CreateServer valid)
    {
        var errors = new List<FieldError>();
        valid = this;
        errors.AddWhere(ServerRules.Name(Name, out var name));
        valid = valid with { Name = name };
        if (Description is not null)
        {
            errors.AddWhere(ServerRules.Description(Description, out var description));
            valid = valid with { Description = description ?? "" };
        }

        if (Category is not null)
        {
            errors.AddWhere(ServerRules.Category(Category, out var category));
            valid = valid with { Category = category };
        }

        if (Tags is not null)
        {
            errors.AddRange(ServerTags.Check(Tags, out var tags));
            valid = valid with { Tags = tags };
        }

        if (Newcomers is not null)
        {
            errors.AddWhere(ServerRules.NewcomersRole(Newcomers, out var newcomers));
            valid = valid with { Newcomers = newcomers };
        }

        return errors;
    }
}

/// <summary>What is to change of a server; see <see cref="CreateServer"/>. Null clears description, icon, banner and tags.</summary>
internal sealed record ChangeServer(
    Optional<string?> Name = default,
    Optional<string?> Description = default,
    Optional<bool> Public = default,
    Optional<string?> Category = default,
    Optional<string?[]?> Tags = default,
    Optional<Guid?> Icon = default,
    Optional<Guid?> Banner = default,
    Optional<string?> Newcomers = default)
{
    /// <summary>Checks what is there.</summary>
    public List<FieldError> Check(out ChangeServer valid)
    {
        var errors = new List<FieldError>();
        valid = this;
        if (Name.TryGet(out var name))
        {
            errors.AddWhere(ServerRules.Name(name, out var text));
            valid = valid with { Name = new(text) };
        }

        if (Description.TryGet(out var description))
        {
            errors.AddWhere(ServerRules.Description(description, out description));
            valid = valid with { Description = new(description) };
        }

        if (Category.TryGet(out var category))
        {
            errors.AddWhere(ServerRules.Category(category, out var known));
            valid = valid with { Category = new(known) };
        }

        if (Tags.TryGet(out var tags))
        {
            errors.AddRange(ServerTags.Check(tags ?? [], out var found));
            valid = valid with { Tags = new(found) };
        }

        if (Newcomers.TryGet(out var newcomers))
        {
            errors.AddWhere(ServerRules.NewcomersRole(newcomers, out var role));
            valid = valid with { Newcomers = new(role) };
        }

        return errors;
    }
}

internal static class FieldErrorList
{
    /// <summary>Adds the error where there is one.</summary>
    public static void AddWhere(this List<FieldError> errors, FieldError? error)
    {
        if (error is not null)
        {
            errors.Add(error);
        }
    }
}
