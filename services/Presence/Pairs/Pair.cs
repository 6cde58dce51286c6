namespace Chat.Presence.Pairs;

/// <summary>Two people, whichever of them is named first. PostgreSQL and .NET order ids alike.</summary>
internal readonly record struct Pair
{
    private Pair(Guid lower, Guid higher) => (Lower, Higher) = (lower, higher);

    public Guid Lower { get; }

    public Guid Higher { get; }

    /// <summary>The key of their events in the outbox: 64 characters, as many as a key may have.</summary>
    public string Key => $"{Lower:N}{Higher:N}";

    public static Pair Of(Guid one, Guid other) => one.CompareTo(other) < 0 ? new Pair(one, other) : new Pair(other, one);
}
