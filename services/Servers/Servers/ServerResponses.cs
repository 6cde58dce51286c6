using Chat.Servers.Channels;

namespace Chat.Servers.Servers;

/// <summary>A server in a list.</summary>
internal sealed record ServerSummary(Guid Id, string Name, Guid Owner, long Rev, int MemberCount, DateTimeOffset CreatedAt);

/// <summary>A server as one of its members sees it, as of <paramref name="Rev"/>.</summary>
/// <param name="Channels">Those the member can see, in order.</param>
/// <param name="Roles">All of the server's, lowest first.</param>
/// <param name="Me">What concerns the member who asks.</param>
internal sealed record ServerResponse(
    Guid Id, string Name, Guid Owner, long Rev, int MemberCount, IReadOnlyList<ChannelResponse> Channels, IReadOnlyList<RoleResponse> Roles, MyMembership Me, DateTimeOffset CreatedAt);

/// <param name="BuiltIn">The code of a role that every server has: <c>owner</c>, <c>admin</c>, <c>moderator</c>, <c>member</c>, <c>guest</c>; absent for others.</param>
internal sealed record RoleResponse(Guid Id, string Name, string? BuiltIn, int Position, Contracts.Permissions Permissions);

/// <param name="Roles">The ids of the roles held.</param>
/// <param name="Permissions">What they grant throughout the server.</param>
internal sealed record MyMembership(IReadOnlyList<Guid> Roles, Contracts.Permissions Permissions, DateTimeOffset JoinedAt);
