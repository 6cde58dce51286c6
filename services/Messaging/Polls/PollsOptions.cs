namespace Chat.Messaging.Polls;

/// <summary>How polls are closed, configuration section <c>Polls</c>.</summary>
internal sealed class PollsOptions
{
    /// <summary>How often one replica looks for polls whose time has come.</summary>
    public TimeSpan CloseEvery { get; init; } = TimeSpan.FromMilliseconds(500);
}
