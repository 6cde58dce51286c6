using System.Linq.Expressions;

namespace Chat.Servers.Roles;

/// <summary>A role as every member sees it.</summary>
/// <param name="BuiltIn">The code of a role that every server has: <c>owner</c>, <c>admin</c>, <c>moderator</c>, <c>member</c>, <c>guest</c>; absent for others.</param>
/// <param name="Position">Rank: a higher position stands above.</param>
/// <param name="Permissions">What it grants throughout the server.</param>
/// <param name="Colour">0xRRGGBB; absent when it has none.</param>
/// <param name="Hoist">Whether its members are shown apart from the others.</param>
/// <param name="Mentionable">Whether anybody may mention it.</param>
internal sealed record RoleResponse(
    Guid Id, string Name, string? BuiltIn, int Position, Contracts.Permissions Permissions, int? Colour, bool Hoist, bool Mentionable)
{
    public static Expression<Func<Role, RoleResponse>> Of { get; } = role =>
        new RoleResponse(role.Id, role.Name, role.BuiltIn, role.Position, role.Permissions, role.Colour, role.Hoist, role.Mentionable);

    // Below, for static members are set in the order of the text.
    private static readonly Func<Role, RoleResponse> OfRole = Of.Compile();

    /// <summary>How many hold it; absent where it was not counted.</summary>
    public int? Members { get; init; }

    public static RoleResponse From(Role role) => OfRole(role);
}
