namespace Chat.Identity.Accounts;

/// <summary>Whether an account may be used. Stored by number.</summary>
internal enum AccountState
{
    Active = 0,

    /// <summary>By its owner, until they sign in again and ask for it back.</summary>
    Disabled = 1,

    /// <summary>By an administrator, until one lifts it.</summary>
    Suspended = 2,

    /// <summary>Erased at <see cref="Account.DeleteAt"/> unless its owner signs in and asks for it back.</summary>
    Deleting = 3,

    /// <summary>Erased: the row stays, so that what refers to it keeps its reference, without personal data.</summary>
    Deleted = 4,
}

/// <summary>What an account may do on the platform as a whole; within servers (communities) their own roles count. Stored by number.</summary>
internal enum PlatformRole
{
    User = 0,
    Admin = 1,
}
