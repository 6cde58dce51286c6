namespace Chat.Messaging.Writing;

/// <summary>The limits of the writer, configuration section <c>Writer</c>.</summary>
internal sealed class WriterOptions
{
    /// <summary>Groups that commit side by side in this process; each holds one connection while it does.</summary>
    public int Lanes { get; init; } = 4;

    /// <summary>Messages that wait in one lane before sends are answered <c>busy</c>.</summary>
    public int QueueLength { get; init; } = 1000;

    /// <summary>Messages in one transaction.</summary>
    public int GroupSize { get; init; } = 200;

    /// <summary>
    /// The longest a message waits for its transaction to begin; an older one is answered <c>busy</c>, for its sender has hardly the patience.
    /// </summary>
    public TimeSpan MaxWait { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>The longest a transaction may take before its messages are answered <c>store_unavailable</c>.</summary>
    public TimeSpan CommitTimeout { get; init; } = TimeSpan.FromSeconds(5);
}
