namespace Chat.Messaging.Relations;

/// <summary>What two people, A and B, are to each other.</summary>
internal readonly record struct Relation(bool Friends, bool ABlocksB, bool BBlocksA)
{
    /// <summary>Either blocks the other.</summary>
    public bool Blocked => ABlocksB || BBlocksA;
}
