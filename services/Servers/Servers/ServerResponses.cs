using Chat.Servers.Channels;
using Chat.Servers.Roles;

namespace Chat.Servers.Servers;

/// <summary>A server in a list.</summary>
internal sealed record ServerSummary(Guid Id, string Name, Guid? Icon, Guid Owner, bool Public, bool Archived, long Rev, int MemberCount, DateTimeOffset CreatedAt);

/// <summary>A server as one of its members sees it, as of <paramref name="Rev"/>.</summary>
/// <param name="Description">What it says about itself; absent when nothing.</param>
/// <param name="Icon">The file of its icon; absent when there is none.</param>
/// <param name="Banner">The file of its banner; absent when there is none.</param>
/// <param name="Category">One of <see cref="ServerCategory"/>.</param>
/// <param name="Vanity">Its name in invite links; absent when it has none.</param>
/// <param name="Newcomers">The code of the built-in role that newcomers get.</param>
/// <param name="ArchivedAt">Since when it is read-only; absent when it is not.</param>
/// <param name="Categories">In order; those too whose channels the member cannot see are left out unless the member manages channels.</param>
/// <param name="Channels">Those the member can see, in order.</param>
/// <param name="Roles">All of the server's, lowest first.</param>
/// <param name="Me">What concerns the member who asks.</param>
internal sealed record ServerResponse(
    Guid Id,
    string Name,
    string? Description,
    Guid? Icon,
    Guid? Banner,
    bool Public,
    string Category,
    IReadOnlyList<string> Tags,
    string? Vanity,
    string Newcomers,
    DateTimeOffset? ArchivedAt,
    Guid Owner,
    long Rev,
    int MemberCount,
    IReadOnlyList<CategoryResponse> Categories,
    IReadOnlyList<ChannelResponse> Channels,
    IReadOnlyList<RoleResponse> Roles,
    MyMembership Me,
    DateTimeOffset CreatedAt);

/// <param name="Roles">The ids of the roles held.</param>
/// <param name="Permissions">What they grant throughout the server.</param>
/// <param name="TimedOutUntil">Until when the member may only read; absent when they are not timed out.</param>
/// <param name="EndsAt">When the membership ends by itself; absent when it does not.</param>
internal sealed record MyMembership(
    IReadOnlyList<Guid> Roles, Contracts.Permissions Permissions, string? Nickname, DateTimeOffset? TimedOutUntil, DateTimeOffset? EndsAt, DateTimeOffset JoinedAt);
