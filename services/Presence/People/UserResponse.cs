namespace Chat.Presence.People;

/// <summary>What everybody sees of a user.</summary>
internal sealed record UserResponse(Guid Id, string Username, string DisplayName);

/// <summary>What somebody is to the caller.</summary>
/// <param name="State"><c>friends</c>; <c>outgoing</c>: the caller has asked; <c>incoming</c>: the caller was asked; <c>blocked</c>: by the caller.</param>
/// <param name="Since">Since when.</param>
internal sealed record RelationResponse(UserResponse User, string State, DateTimeOffset Since)
{
    public const string Friends = "friends", Outgoing = "outgoing", Incoming = "incoming", Blocked = "blocked";
}

/// <summary>A row of a list as it is read.</summary>
/// <param name="Rev">The place in the list: higher is newer.</param>
internal sealed record ListedRelation(long Rev, Guid User, string Username, string DisplayName, DateTimeOffset Since)
{
    public RelationResponse As(string state) => new(new UserResponse(User, Username, DisplayName), state, Since);
}
