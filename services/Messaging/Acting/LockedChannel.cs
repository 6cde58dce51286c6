using Chat.Contracts;
using Chat.Messaging.Changes;
using Chat.Messaging.Data;
using Chat.Messaging.Messages;
using Chat.Messaging.Reading;
using Chat.Messaging.Writing;
using Chat.ServiceDefaults.Events;
using Microsoft.EntityFrameworkCore;
using Npgsql;

namespace Chat.Messaging.Acting;

/// <summary>
/// A channel whose row is locked until the transaction ends. What is changed in it gets the next revision, and with <see cref="SaveAsync"/> rows, counter and events become part of
/// the transaction. Sends take another way, many at once: see <see cref="GroupCommit"/>.
/// </summary>
internal sealed class LockedChannel
{
    private readonly MessagingDbContext _db;
    private readonly List<(MessageRow Row, Func<Message, IMessageEvent> Event)> _changes = [];
    private readonly List<Author> _authors = [];
    private DateTimeOffset _lastAt;

    private LockedChannel(MessagingDbContext db, ChannelRow row, DateTimeOffset now)
    {
        _db = db;
        _lastAt = row.LastAt;
        (Id, Kind, Server, Parent, AccessRev) = (row.Id, row.Kind, row.Server, row.Parent, row.AccessRev);
        (Rev, Posts, Locked, RequestedBy, Now) = (row.Rev, row.Posts, row.Locked, row.RequestedBy, now);
    }

    public Guid Id { get; }

    public ChannelKind Kind { get; }

    public Guid? Server { get; }

    public Guid? Parent { get; }

    public long AccessRev { get; }

    public bool Locked { get; }

    /// <summary>Of a conversation of two: who asked to talk, as long as the other has not agreed.</summary>
    public Guid? RequestedBy { get; }

    /// <summary>Whether it is a conversation, or a thread in one: a conversation stands for its own server.</summary>
    public bool OfConversation => Kind is ChannelKind.Direct or ChannelKind.Group || (Kind is ChannelKind.Thread && Server == Parent);

    /// <summary>The last revision taken.</summary>
    public long Rev { get; private set; }

    /// <summary>How many messages that count as unread there have been.</summary>
    public long Posts { get; private set; }

    /// <summary>When this happens, in whole milliseconds.</summary>
    public DateTimeOffset Now { get; }

    /// <summary>Locks the rows of several channels within the context's transaction, in the order of their ids: each can then be taken up by <see cref="LockAsync"/> in any order.</summary>
    public static Task<int> HoldAsync(MessagingDbContext db, Guid[] channels, CancellationToken cancellationToken) =>
        db.Database.ExecuteSqlAsync($"select from channels where id = any ({channels}) order by id for no key update", cancellationToken);

    /// <summary>Locks a channel within the context's transaction; null when it has no row, and so no messages.</summary>
    public static async Task<LockedChannel?> LockAsync(MessagingDbContext db, Guid channel, TimeProvider clock, CancellationToken cancellationToken)
    {
        var rows = await db.Channels.FromSql($"select * from channels where id = {channel} for no key update").AsNoTracking().ToListAsync(cancellationToken);
        return rows is [var row] ? new LockedChannel(db, row, DateTimeOffset.FromUnixTimeMilliseconds(clock.GetUtcNow().ToUnixTimeMilliseconds())) : null;
    }

    /// <summary>A message of this channel, tracked: what is set is saved. Null when it is not there.</summary>
    public Task<MessageRow?> FindAsync(Guid message, CancellationToken cancellationToken) =>
        _db.Messages.SingleOrDefaultAsync(row => row.Id == message && row.Channel == Id, cancellationToken);

    /// <summary>Notes that a tracked message was changed, once for each: it has the next revision from here on.</summary>
    /// <param name="event">What is told of it, from the message as it is then.</param>
    public void Change(MessageRow row, Func<Message, IMessageEvent> @event)
    {
        row.Rev = ++Rev;
        _changes.Add((row, @event));
    }

    /// <summary>Adds a system message at the end.</summary>
    /// <param name="nonce">What it is known by; null: something that nobody can know.</param>
    public MessageRow Append(MessageKind kind, Author author, SystemNote note, string? nonce = null)
    {
        var earliest = _lastAt.AddMilliseconds(1);
        _lastAt = Now > earliest ? Now : earliest;
        Rev++;
        var row = new MessageRow
        {
            Channel = Id,
            Seq = Rev,
            Rev = Rev,
            Nr = Posts,
            Id = MessageId.Create(_lastAt, 0),
            Author = author.Id,
            Kind = kind,
            Nonce = nonce ?? $"system-{Guid.NewGuid():n}",
            Content = "",
            CreatedAt = _lastAt,
            Parts = new MessageParts { System = note },
        };
        _db.Messages.Add(row);
        Introduce(author);
        _changes.Add((row, message => ChangeEvents.Sent(message)));
        return row;
    }

    /// <summary>Has somebody known by name who is listed from now on, as a send does for its author.</summary>
    public void Introduce(Author author) => _authors.Add(author);

    /// <summary>Adds an event that is no change of the channel: it has no revision, and is saved with those that have.</summary>
    public void Tell(IEvent @event) => _db.Add(OutboxMessage.From(@event, Id.ToString()));

    /// <summary>Writes what was changed, the counter and the events.</summary>
    /// <returns>Whether there was anything.</returns>
    public async Task<bool> SaveAsync(CancellationToken cancellationToken)
    {
        foreach (var author in _authors)
        {
            await _db.Database.ExecuteSqlAsync(
                $"insert into authors (id, username, display_name) values ({author.Id}, {author.Username}, {author.DisplayName}) on conflict (id) do nothing", cancellationToken);
        }

        await _db.SaveChangesAsync(cancellationToken);
        if (_changes.Count == 0)
            return false;

        await _db.Database.ExecuteSqlAsync($"update channels set rev = {Rev}, last_at = {_lastAt} where id = {Id}", cancellationToken);
        var messages = (await ReadAsync(_changes.ConvertAll(change => change.Row.Seq), null, cancellationToken)).ToDictionary(message => message.Seq);
        _db.AddRange(_changes.Select(change => OutboxMessage.From(change.Event(messages[change.Row.Seq]), Id.ToString())));
        await _db.SaveChangesAsync(cancellationToken);
        return true;
    }

    /// <summary>Messages of this channel as they are now, what the transaction has saved included.</summary>
    /// <param name="reader">As whom to read; null: as nobody.</param>
    public async Task<List<Message>> ReadAsync(IReadOnlyCollection<long> places, Guid? reader, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(
            $"SELECT {MessageSql.Columns("$3")} FROM {MessagePlaces.Table} m {MessageSql.Joins} ORDER BY m.seq",
            (NpgsqlConnection)_db.Database.GetDbConnection())
        {
            Parameters = { new() { Value = Id }, new() { Value = places.ToArray() }, new() { Value = reader ?? Guid.Empty } },
        };
        await using var rows = await command.ExecuteReaderAsync(cancellationToken);
        var messages = new List<Message>();
        while (await rows.ReadAsync(cancellationToken))
            messages.Add(MessageSql.Read(rows));
        return messages;
    }
}
