using static Chat.Contracts.Permissions;

namespace Chat.Servers.Roles;

/// <summary>A role that every server has from its creation. Each includes what the ones below it grant.</summary>
internal sealed record BuiltInRole(string Code, string Name, int Position, Contracts.Permissions Defaults)
{
    private const Contracts.Permissions ReadAndReact = ViewChannel | AddReactions | Connect;
    private const Contracts.Permissions TakePart =
        ReadAndReact | SendMessages | AttachFiles | CreateInvite | Speak | Contracts.Permissions.Stream | ChangeNickname;
    private const Contracts.Permissions KeepOrder =
        TakePart | ManageMessages | ManageThreads | ManageChannels | ModerateMembers | ManageNicknames | MentionEveryone | ViewAuditLog;
    private const Contracts.Permissions RunTheServer = KeepOrder | KickMembers | BanMembers | DeleteChannels | ManageRoles | ManageServer;

    public static readonly BuiltInRole Guest = new("guest", "Guest", 0, ReadAndReact);
    public static readonly BuiltInRole Member = new("member", "Member", 1, TakePart);
    public static readonly BuiltInRole Moderator = new("moderator", "Moderator", 2, KeepOrder);
    public static readonly BuiltInRole Admin = new("admin", "Admin", 3, RunTheServer | Administrator);
    public static readonly BuiltInRole Owner = new("owner", "Owner", 4, All);

    /// <summary>Ascending by position.</summary>
    public static readonly IReadOnlyList<BuiltInRole> Every = [Guest, Member, Moderator, Admin, Owner];

    public Role For(Guid server) => new() { Id = Guid.CreateVersion7(), Server = server, Name = Name, BuiltIn = Code, Position = Position, Permissions = Defaults };
}
