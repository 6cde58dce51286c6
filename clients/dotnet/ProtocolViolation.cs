namespace Chat.Client;

/// <summary>The server broke its promise on a channel's order: a revision was skipped, repeated, or came out of turn.</summary>
/// <param name="Channel">The channel.</param>
/// <param name="Expected">The revision that had to come, or the least that could.</param>
/// <param name="Actual">The revision that came.</param>
/// <param name="Rule">Which rule was broken, in words.</param>
public sealed record ProtocolViolation(Guid Channel, long Expected, long Actual, string Rule)
{
    public override string ToString() => $"Channel {Channel}: {Rule}; expected {Expected}, got {Actual}.";
}

/// <summary>Ends the frames of a socket whose server broke the protocol.</summary>
public sealed class ProtocolViolationException : Exception
{
    public ProtocolViolationException() : base("The server broke the protocol.") { }

    public ProtocolViolationException(string message) : base(message) { }

    public ProtocolViolationException(string message, Exception innerException) : base(message, innerException) { }

    internal ProtocolViolationException(ProtocolViolation violation) : base(violation.ToString()) => Violation = violation;

    /// <summary>What was broken, where it is about a channel's order.</summary>
    public ProtocolViolation? Violation { get; }
}
