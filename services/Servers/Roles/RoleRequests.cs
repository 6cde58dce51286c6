using Chat.ServiceDefaults;
using Chat.ServiceDefaults.Json;

namespace Chat.Servers.Roles;

/// <param name="Name">1 to 100 characters.</param>
/// <param name="Permissions">What it grants throughout the server; nothing unless given.</param>
/// <param name="Colour">0xRRGGBB; null: none.</param>
internal sealed record CreateRole(
    string? Name = null, Contracts.Permissions Permissions = Contracts.Permissions.None, int? Colour = null, bool Hoist = false, bool Mentionable = false)
{
    public List<FieldError> Check(out string name) =>
        [.. new[] { RoleFields.Name(Name, out name), RoleFields.Permissions(Permissions), RoleFields.Colour(Colour) }.OfType<FieldError>()];
}

/// <summary>What of a role is to change; what is absent stays.</summary>
/// <param name="Colour">Null clears it.</param>
internal sealed record EditRole(
    Optional<string?> Name = default,
    Optional<Contracts.Permissions> Permissions = default,
    Optional<int?> Colour = default,
    Optional<bool> Hoist = default,
    Optional<bool> Mentionable = default)
{
    /// <param name="name">The name to keep, when there is no error; null when it stays.</param>
    public List<FieldError> Check(out string? name)
    {
        name = null;
        FieldError? unfit = null;
        if (Name.TryGet(out var wanted))
        {
            unfit = RoleFields.Name(wanted, out var text);
            name = text;
        }

        return [.. new[] { unfit, RoleFields.Permissions(Permissions.Or(Contracts.Permissions.None)), RoleFields.Colour(Colour.Or(null)) }.OfType<FieldError>()];
    }
}

/// <param name="Roles">Every role that stands below the caller, lowest first.</param>
internal sealed record OrderRoles(IReadOnlyList<Guid>? Roles = null)
{
    public FieldError? Check(out IReadOnlyList<Guid> order)
    {
        order = Roles ?? [];
        return order switch
        {
            [] => new FieldError("roles", "required", "The roles in their new order are required."),
            { Count: > Role.MaxPerServer } => new FieldError("roles", "too_many", $"At most {Role.MaxPerServer} roles."),
            _ when order.Distinct().Count() < order.Count => new FieldError("roles", "duplicate", "Each role once."),
            _ => null,
        };
    }
}

internal static class RoleFields
{
    public static FieldError? Name(string? input, out string name) => PlainText.Check("name", input, 1, Role.MaxNameLength, out name);

    public static FieldError? Permissions(Contracts.Permissions input) =>
        (input & ~Contracts.Permissions.All) == 0 ? null : new FieldError("permissions", "unknown_permission", "It has bits that mean nothing.");

    public static FieldError? Colour(int? input) =>
        input is null or (>= 0 and <= Role.MaxColour) ? null : new FieldError("colour", "out_of_range", "0 to 16777215 (0xRRGGBB).");
}
