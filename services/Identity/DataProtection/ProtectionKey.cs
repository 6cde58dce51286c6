namespace Chat.Identity.DataProtection;

/// <summary>One element of the DataProtection key ring, as XML.</summary>
internal sealed class ProtectionKey
{
    public required Guid Id { get; init; }

    public required string FriendlyName { get; init; }

    public required string Xml { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }
}
