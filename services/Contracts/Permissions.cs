namespace Chat.Contracts;

/// <summary>
/// What a member may do in a server or one of its channels. A set of flags, stored and sent as a 64-bit integer; a flag's
/// value never changes and is never reused.
/// </summary>
[Flags]
public enum Permissions : long
{
    /// <summary>Nothing at all.</summary>
    None = 0,
    /// <summary>See the channel and read its history. Without it every other flag in the channel is void.</summary>
    ViewChannel = 1L << 0,
    /// <summary>Send messages.</summary>
    SendMessages = 1L << 1,
    /// <summary>Delete and pin messages of others.</summary>
    ManageMessages = 1L << 2,
    /// <summary>Create, edit and order channels and categories; deleting them needs <see cref="DeleteChannels"/>.</summary>
    ManageChannels = 1L << 3,
    /// <summary>Remove members.</summary>
    KickMembers = 1L << 4,
    /// <summary>Ban and unban.</summary>
    BanMembers = 1L << 5,
    /// <summary>Create, edit, delete, give and take roles below one's own.</summary>
    ManageRoles = 1L << 6,
    /// <summary>Edit the server itself.</summary>
    ManageServer = 1L << 7,
    /// <summary>Join voice and video channels.</summary>
    Connect = 1L << 8,
    /// <summary>Speak in voice and video channels.</summary>
    Speak = 1L << 9,
    /// <summary>Share camera or screen.</summary>
    Stream = 1L << 10,
    /// <summary>Attach files.</summary>
    AttachFiles = 1L << 11,
    /// <summary>Add reactions.</summary>
    AddReactions = 1L << 12,
    /// <summary>Mention everyone and here.</summary>
    MentionEveryone = 1L << 13,
    /// <summary>Create invites.</summary>
    CreateInvite = 1L << 14,
    /// <summary>Archive, rename and delete threads of others.</summary>
    ManageThreads = 1L << 15,
    /// <summary>Time members out.</summary>
    ModerateMembers = 1L << 16,
    /// <summary>Read the audit log.</summary>
    ViewAuditLog = 1L << 17,
    /// <summary>Everything, in every channel, whatever the overrides say.</summary>
    Administrator = 1L << 18,
    /// <summary>Delete channels and categories.</summary>
    DeleteChannels = 1L << 19,
    /// <summary>Change one's own nickname.</summary>
    ChangeNickname = 1L << 20,
    /// <summary>Change the nicknames of members below oneself.</summary>
    ManageNicknames = 1L << 21,
    /// <summary>Every flag that exists.</summary>
    All = (1L << 22) - 1,

    /// <summary>The flags that a channel's overrides can give or take; the others are of the whole server.</summary>
    OfChannels = ViewChannel | SendMessages | ManageMessages | ManageChannels | DeleteChannels | Connect | Speak | Stream | AttachFiles | AddReactions
        | MentionEveryone | CreateInvite | ManageThreads,
    /// <summary>What is left to a member who is timed out.</summary>
    WhileTimedOut = ViewChannel,
    /// <summary>What is left to everybody, the owner included, in a server that is archived. Reopening and deleting it are the owner's.</summary>
    WhileArchived = ViewChannel | KickMembers | BanMembers | ViewAuditLog,
}
