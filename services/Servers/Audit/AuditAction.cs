namespace Chat.Servers.Audit;

/// <summary>What the audit log can say was done. A code never changes its meaning.</summary>
internal static class AuditAction
{
    public const string ServerUpdated = "server.updated";
    public const string ServerTransferred = "server.transferred";
    public const string ServerArchived = "server.archived";
    public const string ServerReopened = "server.reopened";
    public const string VanityChanged = "server.vanity_changed";
    public const string ChannelCreated = "channel.created";
    public const string ChannelUpdated = "channel.updated";
    public const string ChannelDeleted = "channel.deleted";
    public const string ChannelsReordered = "channel.reordered";
    public const string OverrideSet = "channel.override_set";
    public const string OverrideRemoved = "channel.override_removed";
    public const string CategoryCreated = "category.created";
    public const string CategoryUpdated = "category.updated";
    public const string CategoryDeleted = "category.deleted";
    public const string RoleCreated = "role.created";
    public const string RoleUpdated = "role.updated";
    public const string RoleDeleted = "role.deleted";
    public const string RolesReordered = "role.reordered";
    public const string MemberRolesChanged = "member.roles_changed";
    public const string MemberRenamed = "member.renamed";
    public const string MemberKicked = "member.kicked";
    public const string MemberBanned = "member.banned";
    public const string MemberUnbanned = "member.unbanned";
    public const string MemberTimedOut = "member.timed_out";
    public const string MemberTimeoutLifted = "member.timeout_lifted";
    public const string MessageDeleted = "message.deleted";
    public const string MessagesDeleted = "message.bulk_deleted";
    public const string MessagePinned = "message.pinned";
    public const string MessageUnpinned = "message.unpinned";
    public const string ReactionsRemoved = "message.reactions_removed";
    public const string PollClosed = "message.poll_closed";
    public const string ThreadRenamed = "thread.renamed";
    public const string ThreadLocked = "thread.locked";
    public const string ThreadUnlocked = "thread.unlocked";
    public const string ThreadDeleted = "thread.deleted";
    public const string InviteCreated = "invite.created";
    public const string InviteRegenerated = "invite.regenerated";
    public const string InviteDeleted = "invite.deleted";
    public const string TemplateSaved = "template.saved";
    public const string TemplateDeleted = "template.deleted";

    /// <summary>All of them: what the filter of the log takes.</summary>
    public static readonly IReadOnlySet<string> Every = new HashSet<string>(StringComparer.Ordinal)
    {
        ServerUpdated, ServerTransferred, ServerArchived, ServerReopened, VanityChanged,
        ChannelCreated, ChannelUpdated, ChannelDeleted, ChannelsReordered, OverrideSet, OverrideRemoved, CategoryCreated, CategoryUpdated, CategoryDeleted,
        RoleCreated, RoleUpdated, RoleDeleted, RolesReordered,
        MemberRolesChanged, MemberRenamed, MemberKicked, MemberBanned, MemberUnbanned, MemberTimedOut, MemberTimeoutLifted,
        MessageDeleted, MessagesDeleted, MessagePinned, MessageUnpinned, ReactionsRemoved, PollClosed, ThreadRenamed, ThreadLocked, ThreadUnlocked, ThreadDeleted,
        InviteCreated, InviteRegenerated, InviteDeleted, TemplateSaved, TemplateDeleted,
    };
}
