using System.Text.RegularExpressions;
using Npgsql;

namespace Chat.Messaging.Tests;

/// <summary>A message as far as counting cares, straight from its row.</summary>
internal sealed record Counted(Guid Channel, long Seq, Guid Author, string Content, bool Deleted);

/// <summary>
/// What is unread, counted once more from nothing but the messages' rows: whom a text mentions is read from the text, by rules written down here again. Nothing here looks at
/// counters, marks or rows of mentions.
/// </summary>
internal sealed partial class Recount
{
    private readonly ILookup<Guid, Counted> _messages;

    private Recount(IEnumerable<Counted> messages) => _messages = messages.ToLookup(message => message.Channel);

    public static async Task<Recount> TakeAsync(string database, IReadOnlyCollection<Guid> channels)
    {
        await using var connection = new NpgsqlConnection(database);
        await connection.OpenAsync(TestContext.Current.CancellationToken);
        await using var command = new NpgsqlCommand("select channel, seq, author, content, deleted_at is not null from messages where channel = any ($1) and kind = 0 order by seq", connection);
        command.Parameters.Add(new() { Value = channels.ToArray() });
        await using var reader = await command.ExecuteReaderAsync(TestContext.Current.CancellationToken);
        var messages = new List<Counted>();
        while (await reader.ReadAsync(TestContext.Current.CancellationToken))
            messages.Add(new Counted(reader.GetGuid(0), reader.GetInt64(1), reader.GetGuid(2), reader.GetString(3), reader.GetBoolean(4)));
        return new Recount(messages);
    }

    /// <summary>The place of the last message up to <paramref name="bound"/>; 0 without one.</summary>
    public long LastPlace(Guid channel, long bound = long.MaxValue) => _messages[channel].LastOrDefault(message => message.Seq <= bound)?.Seq ?? 0;

    /// <summary>What somebody has not read after <paramref name="bound"/>.</summary>
    /// <param name="mayAll">Whether an author's <c>@everyone</c> counts in this channel.</param>
    /// <param name="roles">The roles they hold, each with whose mention of it counts.</param>
    public (long Unread, long Mentions) After(Guid channel, long bound, Guid reader, Func<Guid, bool> mayAll, IReadOnlyDictionary<Guid, Func<Guid, bool>> roles)
    {
        var unread = _messages[channel].Where(message => message.Seq > bound && !message.Deleted && message.Author != reader).ToList();
        return (unread.Count, unread.Count(message =>
        {
            var text = Code().Replace(message.Content, "");
            return text.Contains($"<@{reader}>", StringComparison.Ordinal)
                || mayAll(message.Author) && (text.Contains("@everyone", StringComparison.Ordinal) || text.Contains("@here", StringComparison.Ordinal))
                || roles.Any(role => role.Value(message.Author) && text.Contains($"<@&{role.Key}>", StringComparison.Ordinal));
        }));
    }

    [GeneratedRegex("`[^`]*`")]
    private static partial Regex Code();
}
