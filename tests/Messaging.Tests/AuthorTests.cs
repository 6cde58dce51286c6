using System.Text.Json;
using Chat.Contracts;
using Chat.Messaging.Events;
using Chat.Messaging.Messages;
using Chat.Messaging.Writing;
using Chat.Stores;
using MassTransit;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using RabbitMQ.Client;

namespace Chat.Messaging.Tests;

/// <summary>What authors are called, as identity's events tell it, whatever tokens and retries say.</summary>
public sealed class AuthorTests(World world)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    /// <summary>An event that could not be stored is tried again after up to 30 seconds.</summary>
    private static readonly TimeSpan StorePatience = TimeSpan.FromSeconds(120);

    private static CancellationToken Ending => TestContext.Current.CancellationToken;

    private IBus Bus => world.A.Services.GetRequiredService<IBus>();

    [Fact]
    public async Task A_changed_name_is_shown_in_history_changes_and_everything_sent_after()
    {
        var room = await world.OpenRoomAsync();
        var before = await room.SendAsync("before", "nonce");

        await RenameAsync(room, "Countess");

        Assert.Equal("owner", before.Author.DisplayName);
        Assert.Equal(before.Author with { DisplayName = "Countess" }, Assert.Single((await room.HistoryAsync()).Items).Author);
        Assert.Equal("Countess", Assert.Single((await room.ChangesAsync(0)).Items).D.Author.DisplayName);
        // The token of five minutes still has the old name.
        Assert.Equal("Countess", (await room.SendAsync("after")).Author.DisplayName);
        Assert.Equal("Countess", (await room.SendAsync("before", "nonce")).Author.DisplayName);
        Assert.Equal(["Countess", "Countess"], (await room.HistoryAsync()).Items.Select(message => message.Author.DisplayName));
    }

    [Fact]
    public async Task An_older_event_that_comes_late_changes_nothing()
    {
        var room = await world.OpenRoomAsync();
        await room.SendAsync("hello");
        var at = await RenameAsync(room, "Newer");

        for (var repeat = 0; repeat < 10; repeat++)
            await Bus.Publish(Updated(room.Owner, "Older", at.AddSeconds(-1)), Ending);
        await SettledAsync();

        Assert.Equal("Newer", Assert.Single((await room.HistoryAsync()).Items).Author.DisplayName);
    }

    [Fact]
    public async Task A_name_in_a_token_does_not_overrule_the_one_that_is_known()
    {
        var room = await world.OpenRoomAsync();
        await room.SendAsync("before");
        var writer = world.A.Services.GetRequiredService<MessageWriter>();

        await writer.SendAsync(room.Channel, Sample.AccessAt(room.Server, 1), new Author(room.Owner.Id, room.Owner.Username, "From a token"), new ValidMessage("after", "n", null), Ending);

        Assert.Equal(["owner", "owner"], (await room.HistoryAsync()).Items.Select(message => message.Author.DisplayName));
    }

    [Fact]
    public async Task A_name_is_known_before_its_owner_writes_for_the_first_time()
    {
        var room = await world.OpenRoomAsync();

        await RenameAsync(room, "Silent");

        Assert.Equal("Silent", (await room.SendAsync("first")).Author.DisplayName);
    }

    [Fact]
    public async Task The_messages_of_an_erased_account_are_shown_as_a_deleted_users()
    {
        var room = await world.OpenRoomAsync();
        var guest = await world.JoinAsync(room);
        var mine = await room.SendAsync("mine", "nonce");
        var other = await guest.SendAsync("another's");

        await EraseAsync(room.Owner, () => IsDeletedAsync(room));

        var expected = new AuthorView(room.Owner.Id, "deleted", "Deleted user", true);
        Assert.Equal([mine with { Author = expected }, other], (await room.HistoryAsync()).Items);
        Assert.Equal([mine with { Author = expected }, other], (await guest.ChangesAsync(0)).Items.Select(change => change.D));
        Assert.Equal(mine with { Author = expected }, await room.SendAsync("mine", "nonce"));
        using var json = await guest.Http.GetAsync(guest.Messages, Ending);
        Assert.Equal(1, (await json.Content.ReadAsStringAsync(Ending)).Split("\"deleted\":true").Length - 1);
    }

    [Fact]
    public async Task Neither_a_late_send_nor_a_later_event_brings_an_erased_name_back()
    {
        var room = await world.OpenRoomAsync();
        await room.SendAsync("hello");
        await EraseAsync(room.Owner, () => IsDeletedAsync(room));
        await using var heard = await EventQueue.OpenAsync(world.RabbitMq, nameof(MessageSent));

        var late = await room.SendAsync("sent with a token that has not run out");
        var onTheOther = await new ChannelClient(world.B.CreateClient(room.Owner.Token), room.Channel).SendAsync("on another replica");
        for (var repeat = 0; repeat < 10; repeat++)
        {
            await Bus.Publish(Updated(room.Owner, "Back", DateTimeOffset.UtcNow.AddMinutes(5)), Ending);
            await Bus.Publish(new UserDeleted { User = room.Owner.Id, At = DateTimeOffset.UtcNow.AddMinutes(5) }, Ending);
        }
        await SettledAsync();

        Assert.All([late, onTheOther], message => Assert.Equal("Deleted user", message.Author.DisplayName));
        Assert.All((await room.HistoryAsync()).Items, message => Assert.Equal(("deleted", "Deleted user", true), (message.Author.Username, message.Author.DisplayName, message.Author.Deleted)));
        // What subscribers are told is what was answered: the name is in no event either.
        var told = new List<JsonElement>();
        await EventuallyAsync("both are told", async () =>
        {
            told.AddRange(await heard.TakeBodiesAsync(body => body.GetProperty("channel").GetGuid() == room.Channel));
            return told.Count >= 2;
        });
        Assert.Equal([late.Id, onTheOther.Id], told.Select(body => body.GetProperty("message").GetGuid()));
        Assert.All(told, body => Assert.DoesNotContain(room.Owner.Username, body.GetRawText(), StringComparison.Ordinal));
    }

    [Fact]
    public async Task An_account_that_is_erased_before_it_wrote_anything_has_no_name_when_it_does()
    {
        var room = await world.OpenRoomAsync();
        await EraseAsync(room.Owner, async () => await NameAsync(world.Database, room.Owner.Id) == "Deleted user");

        var late = await room.SendAsync("late");

        Assert.Equal(new AuthorView(room.Owner.Id, "deleted", "Deleted user", true), late.Author);
    }

    [Fact]
    public async Task A_first_send_that_is_being_stored_while_its_author_is_erased_does_not_bring_the_name_back()
    {
        var database = await world.CreateDatabaseAsync();
        await using var replica = world.StartDeaf(database);
        var channel = Guid.CreateVersion7();

        await using var erasing = new NpgsqlConnection(database);
        await erasing.OpenAsync(Ending);
        await Sql.RunAsync(erasing, "begin");
        // The send has looked its author up and found none, and is about to introduce them: that waits for this.
        await Sql.RunAsync(erasing, "lock table authors in share row exclusive mode");
        var send = Sample.SendAsync(replica, channel, "late");
        await Eventually.HoldsAsync("the send waits", Patience, async () =>
            await Sql.ScalarAsync<long>(erasing, "select count(*) from pg_locks where not granted and pg_backend_pid() = any (pg_blocking_pids(pid))") > 0);
        await Sql.RunAsync(erasing, "insert into authors (id, username, display_name, deleted) values ($1, 'deleted', 'Deleted user', true)", Sample.Author.Id);
        await Sql.RunAsync(erasing, "commit");

        Assert.IsType<SendOutcome.Sent>(await send);
        Assert.Equal("Deleted user", await NameAsync(database, Sample.Author.Id));
        var again = Assert.IsType<SendOutcome.Sent>(await Sample.SendAsync(replica, channel, "later"));
        Assert.Equal("Deleted user", again.Message.Author.DisplayName);
    }

    [Fact]
    public async Task Sends_that_race_with_the_erasure_all_end_as_the_deleted_users()
    {
        var room = await world.OpenRoomAsync();
        var clients = new[] { world.A, world.B }.Select(replica => new ChannelClient(replica.CreateClient(room.Owner.Token), room.Channel)).ToArray();
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Ending);
        var senders = clients.Select(async client =>
        {
            while (!stop.IsCancellationRequested)
                await client.SendAsync("racing");
        }).ToArray();

        await Bus.Publish(Updated(room.Owner, "Renamed", DateTimeOffset.UtcNow), Ending);
        await EraseAsync(room.Owner, async () => await NameAsync(world.Database, room.Owner.Id) == "Deleted user");
        await Bus.Publish(Updated(room.Owner, "Renamed", DateTimeOffset.UtcNow.AddMinutes(1)), Ending);
        await stop.CancelAsync();
        await Task.WhenAll(senders);
        await SettledAsync();

        Assert.All((await room.HistoryAsync()).Items, message => Assert.Equal("Deleted user", message.Author.DisplayName));
    }

    [Fact]
    public async Task An_event_that_comes_while_the_store_is_away_is_not_lost()
    {
        var database = await world.CreateDatabaseAsync();
        var store = new NpgsqlConnectionStringBuilder(database);
        await using var gate = new TcpGate(store.Host ?? "", store.Port);
        var through = new NpgsqlConnectionStringBuilder(database) { Host = "127.0.0.1", Port = gate.Port };
        await using var replica = world.Start(through.ConnectionString);
        await replica.ListensAsync();

        gate.Shut();
        // Some reach the replica, which cannot store them, and wait there; the others wait in the queue.
        var people = Enumerable.Range(0, 200).Select(_ => Guid.CreateVersion7()).ToArray();
        foreach (var person in people)
            await Bus.Publish(new UserDeleted { User = person, At = DateTimeOffset.UtcNow }, Ending);
        await using var broker = await new ConnectionFactory { Uri = new Uri(world.RabbitMq) }.CreateConnectionAsync(Ending);
        await using var queue = await broker.CreateChannelAsync(cancellationToken: Ending);
        var name = replica.Services.GetRequiredService<IEndpointNameFormatter>().Consumer<UserDeletedConsumer>();
        await Eventually.HoldsAsync("some are taken from the queue", Patience, async () => await queue.MessageCountAsync(name, Ending) is > 0 and < 200);
        Assert.Equal(0, await Sql.ScalarAsync<long>(database, "select count(*) from authors where id = any($1)", people));
        gate.Open();

        await Eventually.HoldsAsync("events that waited are stored", StorePatience, async () =>
            await Sql.ScalarAsync<long>(database, "select count(*) from authors where id = any($1) and deleted", people) == people.Length);
    }

    private static UserUpdated Updated(Account account, string name, DateTimeOffset at) => new() { User = account.Id, Username = account.Username, DisplayName = name, At = at };

    private static async Task<bool> IsDeletedAsync(ChannelClient client) => (await client.HistoryAsync()).Items[0].Author.DisplayName == "Deleted user";

    private static Task<string> NameAsync(string database, Guid author) =>
        Sql.ScalarAsync<string>(database, "select coalesce(max(display_name), '') from authors where id = $1", author);

    private static Task EventuallyAsync(string what, Func<Task<bool>> condition) => Eventually.HoldsAsync(what, Patience, condition);

    private async Task<DateTimeOffset> RenameAsync(Room room, string name)
    {
        var at = DateTimeOffset.UtcNow.AddMinutes(1);
        await Bus.Publish(Updated(room.Owner, name, at), Ending);
        await EventuallyAsync("the new name", async () => await NameAsync(world.Database, room.Owner.Id) == name);
        return at;
    }

    private async Task EraseAsync(Account account, Func<Task<bool>> done)
    {
        await Bus.Publish(new UserDeleted { User = account.Id, At = DateTimeOffset.UtcNow }, Ending);
        await EventuallyAsync("the erasure", done);
    }

    /// <summary>Returns when events published behind the others have come in on both queues.</summary>
    private async Task SettledAsync()
    {
        var (named, erased) = (Guid.CreateVersion7(), Guid.CreateVersion7());
        await Bus.Publish(new UserUpdated { User = named, Username = "x", DisplayName = "Behind", At = DateTimeOffset.UtcNow }, Ending);
        await Bus.Publish(new UserDeleted { User = erased, At = DateTimeOffset.UtcNow }, Ending);
        await EventuallyAsync("events behind the others", async () =>
            await NameAsync(world.Database, named) == "Behind" && await NameAsync(world.Database, erased) == "Deleted user");
    }
}
