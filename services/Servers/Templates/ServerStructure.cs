using Chat.Servers.Roles;
using Chat.Servers.Servers;

namespace Chat.Servers.Templates;

/// <summary>How a server is made up, without anybody's or anything's id: what templates hold, and what every server is created from.</summary>
/// <param name="Version">Of this shape: <see cref="CurrentVersion"/>.</param>
/// <param name="Roles">All of them, lowest first; the built-in ones are among them.</param>
/// <param name="Categories">In order.</param>
/// <param name="Channels">In order: those without a category first, then category by category.</param>
internal sealed record ServerStructure(
    int Version,
    StructureSettings Settings,
    IReadOnlyList<StructureRole> Roles,
    IReadOnlyList<StructureCategory> Categories,
    IReadOnlyList<StructureChannel> Channels)
{
    public const int CurrentVersion = 1;

    /// <summary>What a server is like that was created from no template.</summary>
    public static ServerStructure Plain { get; } = new(
        CurrentVersion,
        new StructureSettings(null, ServerCategory.Other, [], BuiltInRole.Member.Code),
        [.. BuiltInRole.Every.Select(StructureRole.Of)],
        [],
        [new StructureChannel("general")]);
}

/// <summary>What it says of itself and how it takes newcomers in.</summary>
internal sealed record StructureSettings(string? Description, string Category, IReadOnlyList<string> Tags, string Newcomers);

/// <param name="BuiltIn">The code of a built-in role; absent for others.</param>
/// <param name="Colour">0xRRGGBB; absent when it has none.</param>
internal sealed record StructureRole(string Name, string? BuiltIn, Contracts.Permissions Permissions, int? Colour = null, bool Hoist = false, bool Mentionable = false)
{
    public static StructureRole Of(BuiltInRole role) => new(role.Name, role.Code, role.Defaults);
}

internal sealed record StructureCategory(string Name);

/// <param name="Kind">One of <see cref="Channels.Channel.Kinds"/>.</param>
/// <param name="Category">The category's place in the list; absent for none.</param>
/// <param name="SlowMode">Seconds.</param>
/// <param name="Overrides">Of roles only: a member's override is of the person, not of the structure. Absent for none.</param>
internal sealed record StructureChannel(
    string Name,
    string Kind = Channels.Channel.Text,
    int? Category = null,
    string? Topic = null,
    int SlowMode = 0,
    bool Private = false,
    IReadOnlyList<StructureOverride>? Overrides = null);

/// <param name="Role">The role's place in the list.</param>
internal sealed record StructureOverride(int Role, Contracts.Permissions Allow, Contracts.Permissions Deny);
