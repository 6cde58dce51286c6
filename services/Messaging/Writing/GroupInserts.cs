using System.Text.Json;
using Chat.Contracts;
using Chat.Messaging.Acting;
using Chat.Messaging.Changes;
using Chat.Messaging.Messages;
using Chat.ServiceDefaults.Json;
using Npgsql;
using static Chat.Messaging.Writing.GroupBatch;

namespace Chat.Messaging.Writing;

/// <summary>The second round trip of <see cref="GroupCommit"/>: everything that is written of a group, and the commit.</summary>
internal static class GroupInserts
{
    private const string RaiseRevisions =
        "UPDATE channels c SET rev = n.rev, last_at = n.at, posts = n.posts FROM unnest($1, $2, $3, $4) AS n (id, rev, at, posts) WHERE c.id = n.id";

    // Fills in until identity's events come; whatever they have written meanwhile, an erasure above all, stays.
    private const string IntroduceAuthors =
        """
        INSERT INTO authors (id, username, display_name)
        SELECT id, username, display_name FROM unnest($1, $2, $3) AS n (id, username, display_name) ORDER BY id
        ON CONFLICT (id) DO NOTHING
        """;

    private const string InsertMessages =
        """
        INSERT INTO messages (id, channel, seq, rev, author, content, nonce, reply_to, created_at, kind, nr, parts)
        SELECT id, channel, seq, seq, author, content, nonce, reply_to, created_at, kind, nr, parts::jsonb
        FROM unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) AS m (id, channel, seq, author, content, nonce, reply_to, created_at, kind, nr, parts)
        """;

    // Who writes has read what came before; what is sent for them later (place 0) only counts as their own. In the order in which channels are locked, so that this never waits in a
    // circle with somebody who marks several as read.
    private const string MarkRead =
        """
        INSERT INTO read_states AS s (user_id, channel, read_seq, read_nr, own_after)
        SELECT user_id, channel, seq, nr, own FROM unnest($1, $2, $3, $4, $5) AS n (user_id, channel, seq, nr, own) ORDER BY channel, user_id
        ON CONFLICT (user_id, channel) DO UPDATE SET
          read_seq = greatest(s.read_seq, excluded.read_seq),
          read_nr = greatest(s.read_nr, excluded.read_nr),
          own_after = excluded.own_after + CASE WHEN excluded.read_seq = 0 THEN s.own_after ELSE 0 END,
          rev = s.rev + CASE WHEN excluded.read_seq = 0 THEN 0 ELSE 1 END
        """;

    // Nobody is told of a mention by whom they block.
    private const string InsertMentions =
        """
        INSERT INTO mentions (target, channel, seq, message, author)
        SELECT target, channel, seq, message, author FROM unnest($1, $2, $3, $4, $5) AS n (target, channel, seq, message, author)
        WHERE NOT EXISTS (SELECT FROM blocks b WHERE b.blocker = n.target AND b.blocked = n.author AND b.active)
        """;

    private const string InsertPolls = "INSERT INTO open_polls (channel, seq, closes_at) SELECT channel, seq, closes_at FROM unnest($1, $2, $3) AS n (channel, seq, closes_at)";

    private const string TouchThreads =
        """
        UPDATE threads t SET last_at = n.at, due_at = n.at + t.archive_after * interval '1 second'
        FROM unnest($1, $2) AS n (id, at) WHERE t.id = n.id
        """;

    // Whoever writes in a thread, or is mentioned in it by somebody they do not block, follows it.
    private const string FollowThreads =
        """
        INSERT INTO thread_members (thread, user_id, joined_at)
        SELECT thread, user_id, at FROM unnest($1, $2, $3, $4) AS n (thread, user_id, at, author)
        WHERE NOT EXISTS (SELECT FROM blocks b WHERE b.blocker = n.user_id AND b.blocked = n.author AND b.active)
        ORDER BY thread, user_id
        ON CONFLICT (thread, user_id) DO NOTHING
        """;

    private const string InsertEvents =
        $"""
        INSERT INTO outbox (key, type, body, trace_parent)
        SELECT e.key, '{nameof(MessageSent)}', e.body, e.trace_parent
        FROM unnest($1, $2, $3) AS e (key, body, trace_parent)
        """;

    public static async Task CommitAsync(NpgsqlConnection connection, IReadOnlyList<PlacedMessage> placed, GroupState found, CancellationToken cancellationToken)
    {
        await using var batch = connection.CreateBatch();
        if (placed.Count > 0)
            AddInserts(batch, placed, found);
        batch.With("COMMIT");
        await batch.PrepareAsync(cancellationToken);
        await batch.ExecuteNonQueryAsync(cancellationToken);
    }

    private static void AddInserts(NpgsqlBatch batch, IReadOnlyList<PlacedMessage> placed, GroupState found)
    {
        var last = placed.GroupBy(one => one.Message.Channel).Select(channel => channel.Last()).ToArray();
        batch.With(
                RaiseRevisions,
                Array(last.Select(one => one.Message.Channel)),
                Array(last.Select(one => one.Message.Seq)),
                Array(last.Select(one => one.Message.CreatedAt)),
                Array(last.Select(one => one.Nr)))
            .With(
                InsertMessages,
                Array(placed.Select(one => one.Message.Id)),
                Array(placed.Select(one => one.Message.Channel)),
                Array(placed.Select(one => one.Message.Seq)),
                Array(placed.Select(one => one.Message.Author.Id)),
                Array(placed.Select(one => one.Message.Content)),
                Array(placed.Select(one => one.Message.Nonce)),
                Array(placed.Select(one => one.Message.ReplyTo)),
                Array(placed.Select(one => one.Message.CreatedAt)),
                Array(placed.Select(one => (short)one.Message.Kind)),
                Array(placed.Select(one => one.Nr)),
                Array(placed.Select(one => MessageParts.Write(one.Parts))))
            .With(
                InsertEvents,
                Array(placed.Select(one => one.Message.Channel.ToString())),
                Array(placed.Select(one => Event(one.Message))),
                Array(placed.Select(one => one.Pending.Append?.Id)));
        AddReadMarks(batch, placed);
        AddMentions(batch, placed);
        AddPolls(batch, placed);
        AddThreads(batch, placed, found);
        AddNewcomers(batch, placed, found);
    }

    private static void AddReadMarks(NpgsqlBatch batch, IReadOnlyList<PlacedMessage> placed)
    {
        var marks = placed.Where(one => one.Message.Kind == MessageKind.Text).GroupBy(one => (one.Message.Channel, Author: one.Message.Author.Id))
            .Select(own => (own.Key, Last: own.LastOrDefault(one => !one.Pending.Message.FromSchedule), All: own)).ToArray();
        if (marks.Length == 0)
            return;
        batch.With(
            MarkRead,
            Array(marks.Select(own => own.Key.Author)),
            Array(marks.Select(own => own.Key.Channel)),
            Array(marks.Select(own => own.Last?.Message.Seq ?? 0)),
            Array(marks.Select(own => own.Last?.Nr ?? 0)),
            Array(marks.Select(own => own.All.Count(one => one.Message.Seq > (own.Last?.Message.Seq ?? 0)))));
    }

    private static void AddMentions(NpgsqlBatch batch, IReadOnlyList<PlacedMessage> placed)
    {
        var mentions = placed.SelectMany(one => one.Pending.Message.Mentioned, (one, target) => (one.Message, Target: target)).ToArray();
        if (mentions.Length == 0)
            return;
        batch.With(
            InsertMentions,
            Array(mentions.Select(mention => mention.Target)),
            Array(mentions.Select(mention => mention.Message.Channel)),
            Array(mentions.Select(mention => mention.Message.Seq)),
            Array(mentions.Select(mention => mention.Message.Id)),
            Array(mentions.Select(mention => mention.Message.Author.Id)));
    }

    private static void AddPolls(NpgsqlBatch batch, IReadOnlyList<PlacedMessage> placed)
    {
        var polls = placed.Where(one => one.Parts?.Poll is not null).ToArray();
        if (polls.Length == 0)
            return;
        batch.With(
            InsertPolls,
            Array(polls.Select(one => one.Message.Channel)),
            Array(polls.Select(one => one.Message.Seq)),
            Array(polls.Select(one => one.Message.Poll?.ClosesAt)));
    }

    private static void AddThreads(NpgsqlBatch batch, IReadOnlyList<PlacedMessage> placed, GroupState found)
    {
        var said = placed.Where(one => one.Message.Kind == MessageKind.Text && found.Channels[one.Message.Channel].Kind == ChannelKind.Thread).ToArray();
        if (said.Length == 0)
            return;
        var last = said.GroupBy(one => one.Message.Channel).Select(thread => thread.Last().Message).ToArray();
        var followers = said.SelectMany(one => (one.Message.Mentions?.Users ?? []).Prepend(one.Message.Author.Id), (one, user) => (one.Message, User: user))
            .DistinctBy(follower => (follower.Message.Channel, follower.User)).ToArray();
        batch.With(TouchThreads, Array(last.Select(message => message.Channel)), Array(last.Select(message => message.CreatedAt)))
            .With(
                FollowThreads,
                Array(followers.Select(follower => follower.Message.Channel)),
                Array(followers.Select(follower => follower.User)),
                Array(followers.Select(follower => follower.Message.CreatedAt)),
                Array(followers.Select(follower => follower.Message.Author.Id)));
    }

    private static void AddNewcomers(NpgsqlBatch batch, IReadOnlyList<PlacedMessage> placed, GroupState found)
    {
        // Two names of one author in one group: the later message has the newer token.
        var newcomers = placed.Select(one => one.Message.Author).Where(author => !found.Authors.ContainsKey(author.Id))
            .GroupBy(author => author.Id).Select(names => names.Last()).ToArray();
        if (newcomers.Length == 0)
            return;
        batch.With(
            IntroduceAuthors,
            Array(newcomers.Select(author => author.Id)),
            Array(newcomers.Select(author => author.Username)),
            Array(newcomers.Select(author => author.DisplayName)));
    }

    private static string Event(Message message) => JsonSerializer.Serialize(ChangeEvents.Sent(message), JsonDefaults.Options);
}
