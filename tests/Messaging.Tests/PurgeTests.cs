using System.Text.Json;
using Chat.Contracts;
using Chat.Messaging.Deleting;
using Chat.Messaging.Writing;
using Chat.Stores;
using MassTransit;
using Microsoft.Extensions.DependencyInjection;

namespace Chat.Messaging.Tests;

/// <summary>What somebody who was banned wrote goes, where the ban says so.</summary>
public sealed class PurgeTests(World world)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private static CancellationToken Ending => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_ban_deletes_what_its_member_wrote_since_then_and_nothing_else()
    {
        var guest = await world.PersonAsync("guest");
        var (room, elsewhere) = (await world.OpenRoomAsync(), await world.OpenRoomAsync());
        await world.JoinAsync(room, guest);
        await world.JoinAsync(elsewhere, guest);
        var client = new ChannelClient(world.B.CreateClient(guest.Token), room.Channel);
        var old = await client.SendAsync("old");
        var others = await room.SendAsync("of the owner");
        var recent = await client.SendAsync("recent", replyTo: others.Id);
        var further = await client.SendAsync("further");
        var inAnother = await new ChannelClient(world.A.CreateClient(guest.Token), elsewhere.Channel).SendAsync("in another server");
        await Sql.RunAsync(world.Database, "update messages set created_at = created_at - interval '2 hours' where id = $1", old.Id);
        await using var heard = await EventQueue.OpenAsync(world.RabbitMq, nameof(MessageDeleted));

        await world.A.Services.GetRequiredService<IBus>().Publish(
            new MemberBanned { Server = room.Server, Rev = 3, User = guest.Id, By = room.Owner.Id, DeleteMessagesSince = DateTimeOffset.UtcNow.AddHours(-1), At = DateTimeOffset.UtcNow }, Ending);
        await Eventually.HoldsAsync("the messages are deleted", Patience, async () => (await room.ChangesAsync(0)).Rev == 6);

        var page = await room.HistoryAsync();
        Assert.Equal([1, 2, 3, 4], page.Items.Select(message => message.Seq));
        Assert.Equal(["old", "of the owner", "", ""], page.Items.Select(message => message.Content));
        Assert.Equal(others, page.Items[1]);
        Assert.Equal(recent with { Content = "", Rev = 5, DeletedAt = page.Items[2].DeletedAt }, page.Items[2]);
        Assert.Equal(further with { Content = "", Rev = 6, DeletedAt = page.Items[3].DeletedAt }, page.Items[3]);
        Assert.All(page.Items[2..], message => Assert.InRange(message.DeletedAt ?? default, further.CreatedAt, DateTimeOffset.UtcNow));
        Assert.Equal(
            [new("message.sent", 1, page.Items[0]), new("message.sent", 2, others), new("message.deleted", 5, page.Items[2]), new("message.deleted", 6, page.Items[3])],
            (await room.ChangesAsync(0)).Items);
        Assert.Equal([inAnother], (await elsewhere.HistoryAsync()).Items);

        var told = new List<JsonElement>();
        await Eventually.HoldsAsync("both events", Patience, async () =>
        {
            told.AddRange(await heard.TakeBodiesAsync(body => body.GetProperty("channel").GetGuid() == room.Channel));
            return told.Count >= 2;
        });
        Assert.Equal([5, 6], told.Select(body => body.GetProperty("rev").GetInt64()));
        using var raw = await room.Http.GetAsync(room.Messages, Ending);
        var items = (await raw.ReadAsync<JsonElement>()).GetProperty("items");
        Assert.Equal(JsonSerializer.Serialize(items[2]), JsonSerializer.Serialize(told.First(body => body.GetProperty("rev").GetInt64() == 5).GetProperty("body")));
    }

    [Fact]
    public async Task A_ban_that_says_nothing_of_messages_deletes_none()
    {
        var room = await world.OpenRoomAsync();
        await room.SendAsync("stays");
        var bus = world.A.Services.GetRequiredService<IBus>();
        await bus.Publish(new MemberBanned { Server = room.Server, Rev = 2, User = room.Owner.Id, By = room.Owner.Id, At = DateTimeOffset.UtcNow }, Ending);

        // A ban behind it, of somebody else, has come in.
        var (channel, server) = (Guid.CreateVersion7(), Guid.CreateVersion7());
        await Sample.SendAsync(world.A, channel, "goes", access: Sample.AccessAt(server, 1));
        await bus.Publish(new MemberBanned { Server = server, Rev = 2, User = Sample.Author.Id, By = room.Owner.Id, DeleteMessagesSince = default(DateTimeOffset), At = DateTimeOffset.UtcNow }, Ending);
        await Eventually.HoldsAsync("the ban behind it", Patience, async () => await Sql.ScalarAsync<long>(world.Database, "select rev from channels where id = $1", channel) == 2);
        Assert.Equal("stays", (await room.HistoryAsync()).Items[0].Content);
    }

    [Fact]
    public async Task G2_a_ban_heard_twice_deletes_once_and_a_repeated_send_is_answered_with_what_is_left()
    {
        var room = await world.OpenRoomAsync();
        var sent = await room.SendAsync("gone", "n");

        await PurgeAsync(room.Server, room.Owner.Id, 1);
        var left = Assert.Single((await room.HistoryAsync()).Items);
        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => PurgeAsync(room.Server, room.Owner.Id, 1)));
        var again = await room.SendAsync("gone", "n");

        Assert.Equal(sent with { Content = "", Rev = 2, DeletedAt = left.DeletedAt }, left);
        Assert.Equal(left, again);
        Assert.Equal(2, (await room.ChangesAsync(0)).Rev);
    }

    [Fact]
    public async Task What_somebody_writes_who_was_let_in_again_stays_when_the_ban_is_heard_late()
    {
        var room = await world.OpenRoomAsync();
        await room.SendAsync("after an unban");

        await PurgeAsync(room.Server, room.Owner.Id, 1, banned: DateTimeOffset.UtcNow.AddMinutes(-10));

        Assert.Equal("after an unban", (await room.HistoryAsync()).Items[0].Content);
    }

    [Fact]
    public async Task Many_messages_go_in_several_transactions_each_at_a_revision_of_its_own()
    {
        var (server, channel) = (Guid.CreateVersion7(), Guid.CreateVersion7());
        await Task.WhenAll(Enumerable.Range(0, 450).Select(i => Sample.SendAsync(world.A, channel, $"{i}", access: Sample.AccessAt(server, 1))));

        await PurgeAsync(server, Sample.Author.Id, 1);

        Assert.Equal(5, await Sql.ScalarAsync<long>(world.Database, "select count(distinct xmin::text) from messages where channel = $1", channel));
        Assert.Equal(
            Enumerable.Range(451, 450).Select(rev => (long)rev),
            await Sql.ScalarAsync<long[]>(world.Database, "select array_agg(rev order by seq) from messages where channel = $1 and content = '' and deleted_at is not null", channel));
        Assert.Equal(900, await Sql.ScalarAsync<long>(world.Database, "select rev from channels where id = $1", channel));
    }

    [Fact]
    public async Task G4_no_send_from_before_the_ban_comes_after_the_deletion()
    {
        var (server, channel) = (Guid.CreateVersion7(), Guid.CreateVersion7());
        // Each goes on until it is refused, which only the ban does.
        var senders = new[] { world.A, world.B }.SelectMany(replica => Enumerable.Range(0, 10).Select(async _ =>
        {
            while (await Sample.SendAsync(replica, channel, "racing", access: Sample.AccessAt(server, 1)) is not SendOutcome.Recheck)
            {
            }
        })).ToArray();
        await Eventually.HoldsAsync("messages", Patience, async () => await Sql.ScalarAsync<long>(world.Database, "select count(*) from messages where channel = $1", channel) > 200);

        await PurgeAsync(server, Sample.Author.Id, 2);
        var left = await Sql.ScalarAsync<long>(world.Database, "select count(*) from messages where channel = $1 and deleted_at is null", channel);
        await Task.WhenAll(senders).WaitAsync(Patience, Ending);

        Assert.Equal(0, left);
        Assert.Equal(0, await Sql.ScalarAsync<long>(world.Database, "select count(*) from messages where channel = $1 and deleted_at is null", channel));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task G3_a_client_that_applies_pages_of_changes_holds_what_a_fresh_read_shows(int seed)
    {
        var random = new Random(seed);
        var room = await world.OpenRoomAsync();
        var people = await Task.WhenAll(Enumerable.Range(0, 3).Select(async _ =>
        {
            var person = await world.PersonAsync("guest");
            await world.JoinAsync(room, person);
            return person;
        }));
        var clients = people.SelectMany(person => new[] { world.A, world.B }.Select(replica => new ChannelClient(replica.CreateClient(person.Token), room.Channel))).ToArray();
        var acts = Enumerable.Range(0, 120).Select(i => (Who: random.Next(clients.Length), Purges: random.Next(10) == 0)).ToArray();

        var acting = Parallel.ForEachAsync(acts, new ParallelOptions { MaxDegreeOfParallelism = 6, CancellationToken = Ending }, async (act, _) =>
        {
            // Purged as the server's fence stands, so that nobody's right ends.
            if (act.Purges)
                await PurgeAsync(room.Server, people[act.Who / 2].Id, 1);
            else
                await clients[act.Who].SendAsync("said");
        });
        var held = new SortedDictionary<long, MessageView>();
        var rev = 0L;
        while (true)
        {
            var done = acting.IsCompleted;
            var page = await room.ChangesAsync(rev, random.Next(1, 20));
            Assert.Equal(page.Items.Select(item => item.Rev).Order(), page.Items.Select(item => item.Rev));
            foreach (var change in page.Items)
            {
                Assert.Equal(change.Rev, change.D.Rev);
                Assert.Equal(change.D.DeletedAt is null ? ("message.sent", "said") : ("message.deleted", ""), (change.T, change.D.Content));
                held[change.D.Seq] = change.D;
            }

            rev = page.Rev;
            if (done && !page.More)
                break;
        }

        await acting;
        Assert.Equal(await ReadAllAsync(room), held.Values);
        Assert.Contains(held.Values, message => message.DeletedAt is not null);
        Assert.Contains(held.Values, message => message.DeletedAt is null);
        Assert.Equal(acts.Count(act => !act.Purges) + held.Values.Count(message => message.DeletedAt is not null), rev);
    }

    private static async Task<List<MessageView>> ReadAllAsync(Room room)
    {
        var all = new List<MessageView>();
        while (true)
        {
            var page = await room.HistoryAsync($"?after={(all.Count == 0 ? 0 : all[^1].Seq)}");
            all.AddRange(page.Items);
            if (!page.HasAfter)
                return all;
        }
    }

    private async Task PurgeAsync(Guid server, Guid author, long rev, DateTimeOffset? banned = null)
    {
        await using var scope = world.A.Services.CreateAsyncScope();
        await scope.ServiceProvider.GetRequiredService<AuthorPurge>().RunAsync(server, rev, author, DateTimeOffset.UtcNow.AddHours(-1), banned ?? DateTimeOffset.UtcNow, Ending);
    }
}
