namespace Chat.Messaging.Polls;

/// <summary>A question with answers to choose from.</summary>
/// <param name="Answers">2 to 10, in the order given.</param>
/// <param name="Multiple">True when one person may choose several; absent: one.</param>
/// <param name="Voters">How many people have voted.</param>
/// <param name="ClosesAt">When voting ends.</param>
/// <param name="ClosedAt">When it ended; absent: it goes on.</param>
internal sealed record PollState(string Question, IReadOnlyList<PollAnswer> Answers, int Voters, DateTimeOffset ClosesAt, bool? Multiple = null, DateTimeOffset? ClosedAt = null);

/// <summary>One of the answers; they are counted from 0.</summary>
/// <param name="Votes">How many chose it.</param>
/// <param name="Me">True when whoever asked chose it; absent otherwise, and in everything that goes to many.</param>
internal sealed record PollAnswer(string Text, int Votes, bool? Me = null);
