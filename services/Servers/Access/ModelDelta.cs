using Chat.Access;

namespace Chat.Servers.Access;

/// <summary>What one change of a server alters in the read model, and the revision it led to.</summary>
internal sealed record ModelDelta(Guid Server, long Rev)
{
    private readonly List<(string Field, string? Value)> _writes = [];
    private readonly List<Guid> _newChannels = [];

    /// <summary>Fields to set, or to remove where the value is null.</summary>
    public IReadOnlyList<(string Field, string? Value)> Writes => _writes;

    /// <summary>The whole model is to go: the server was deleted.</summary>
    public bool Wipes { get; init; }

    /// <summary>Channels whose server is to be known.</summary>
    public IReadOnlyList<Guid> NewChannels => _newChannels;

    public ModelDelta WithOwner(Guid user) => With(PermissionModel.Owner, user.ToString());

    public ModelDelta WithArchived(bool archived) => With(PermissionModel.Archived, archived ? "1" : null);

    public ModelDelta WithMember(Guid user, IEnumerable<Guid> roles) => With(PermissionModel.Member(user), PermissionModel.Encode(roles));

    public ModelDelta WithoutMember(Guid user) => With(PermissionModel.Member(user), null);

    /// <param name="until">Null: lifted.</param>
    public ModelDelta WithTimeout(Guid user, DateTimeOffset? until) => With(PermissionModel.Timeout(user), until is { } end ? PermissionModel.Encode(end) : null);

    /// <param name="mentionable">Whether anybody may mention it.</param>
    public ModelDelta WithRole(Guid role, Contracts.Permissions granted, bool mentionable) => With(PermissionModel.Role(role), PermissionModel.Encode(granted, mentionable));

    public ModelDelta WithoutRole(Guid role) => With(PermissionModel.Role(role), null);

    public ModelDelta WithChannel(Guid channel, ChannelRules rules) => With(PermissionModel.Channel(channel), PermissionModel.Encode(rules));

    public ModelDelta WithNewChannel(Guid channel, ChannelRules rules)
    {
        _newChannels.Add(channel);
        return WithChannel(channel, rules);
    }

    public ModelDelta WithoutChannel(Guid channel) => With(PermissionModel.Channel(channel), null);

    private ModelDelta With(string field, string? value)
    {
        _writes.Add((field, value));
        return this;
    }
}

/// <summary>A server's whole model as of one revision.</summary>
/// <param name="Fields">Everything the hash holds but its bookkeeping.</param>
internal sealed record ModelSnapshot(Guid Server, long Rev, IReadOnlyList<KeyValuePair<string, string>> Fields, IReadOnlyList<Guid> Channels);
