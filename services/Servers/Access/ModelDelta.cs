using Chat.Access;

namespace Chat.Servers.Access;

/// <summary>What one change of a server alters in the read model, and the revision it led to.</summary>
internal sealed record ModelDelta(Guid Server, long Rev)
{
    private readonly List<(string Field, string? Value)> _writes = [];

    /// <summary>Fields to set, or to remove where the value is null.</summary>
    public IReadOnlyList<(string Field, string? Value)> Writes => _writes;

    public ModelDelta WithMember(Guid user, IEnumerable<Guid> roles) => With(PermissionModel.Member(user), PermissionModel.Encode(roles));

    public ModelDelta WithoutMember(Guid user) => With(PermissionModel.Member(user), null);

    private ModelDelta With(string field, string? value)
    {
        _writes.Add((field, value));
        return this;
    }
}

/// <summary>A server's whole model as of one revision.</summary>
/// <param name="Fields">Everything the hash holds but its bookkeeping.</param>
internal sealed record ModelSnapshot(Guid Server, long Rev, IReadOnlyList<KeyValuePair<string, string>> Fields, IReadOnlyList<Guid> Channels);
