using System.Collections.Concurrent;
using System.Globalization;
using Chat.Stores;
using Npgsql;

namespace Chat.Messaging.Tests;

/// <summary>Counts are what a recount from the messages gives, whatever happens in whatever order.</summary>
public sealed class CountingTests(World world)
{
    private const int Actions = 10_000;
    private const int AtOnce = 500;
    private const int Seed = 20261122;

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(4);

    private static CancellationToken Ending => TestContext.Current.CancellationToken;

    [Fact]
    public async Task G10_after_each_of_20_rounds_of_500_random_actions_over_two_replicas_every_count_equals_a_recount()
    {
        var room = await world.OpenRoomAsync();
        var thread = (await (await world.AddChannelAsync(room)).ThreadAsync()).Channel;
        var people = new List<Account> { room.Owner };
        for (var i = 0; i < 5; i++)
        {
            people.Add(await world.PersonAsync($"reader{i}"));
            await world.JoinAsync(room, people[^1]);
            await world.A.CreateClient(people[^1].Token).FollowAsync(thread);
        }

        var channels = new List<Guid> { room.Channel, thread };
        for (var i = 0; i < 3; i++)
            channels.Add((await world.AddChannelAsync(room)).Channel);
        var group = await world.OpenGroupAsync([.. people[..4]]);
        var stage = new Stage(
            world, channels, group, await world.AddRoleAsync(room, mentionable: true), await world.AddRoleAsync(room, mentionable: false), people[..4],
            new(channels.Append(group).Select(channel => KeyValuePair.Create(channel, new ConcurrentQueue<MessageView>()))))
        { Room = room };
        var readers = people.ConvertAll(person => new RandomReader(stage, person, people.IndexOf(person) < 4, Seed + people.IndexOf(person)));
        var random = new Random(Seed);

        for (var done = 0; done < Actions; done += AtOnce)
        {
            await Task.WhenAll(readers.Select(reader => reader.RenewAsync()));
            stage.Room = new Room(room.Http, room.Channel, room.Server, readers[0].Person);
            await Task.WhenAll(readers.Select(async (reader, index) =>
            {
                for (var i = index; i < AtOnce; i += readers.Count)
                    await reader.ActAsync();
            })).WaitAsync(Patience, Ending);
            // Who is there and holds what changes while the rest is still, half of the time, so that a recount knows it; the others write on meanwhile.
            await Task.WhenAll([ServerAsync(stage, readers, random), .. readers[1..4].Select(reader => reader.ActAsync())]).WaitAsync(Patience, Ending);
            await CompareAsync(stage, readers, $"after {done + AtOnce} actions");
        }
    }

    [Fact]
    public async Task G10_a_send_that_is_repeated_over_two_replicas_counts_once()
    {
        var room = await world.OpenRoomAsync();
        var guest = await world.PersonAsync("guest");
        await world.JoinAsync(room, guest);
        var reader = new Reader(world.B.CreateClient(guest.Token));
        ChannelClient[] owners = [room, new(world.B.CreateClient(room.Owner.Token), room.Channel)];

        for (var i = 0; i < 10; i++)
            await Task.WhenAll(Enumerable.Range(0, 8).Select(n => owners[n % 2].SendAsync($"@everyone {i}", $"nonce-{i}")));

        var state = await reader.StateAsync(room.Channel);
        Assert.Equal((10, 10, 10), (state.LastSeq, state.Unread, state.Mentions));
    }

    [Fact]
    public async Task G10_reading_while_others_write_never_shows_a_count_that_is_wrong()
    {
        const int Messages = 300;
        var room = await world.OpenRoomAsync();
        var guest = await world.PersonAsync("guest");
        await world.JoinAsync(room, guest);
        // The owner alone writes, so that what is unread follows from places: every place is a message of somebody else.
        var readers = new[] { world.A, world.B, world.A }.Select(replica => new Reader(replica.CreateClient(guest.Token))).ToArray();
        ChannelClient[] writers = [room, new(world.B.CreateClient(room.Owner.Token), room.Channel)];
        using var written = new CancellationTokenSource();

        var reading = readers.Select((reader, device) => Task.Run(async () =>
        {
            var random = new Random(device);
            var seen = new List<ReadStateView>();
            while (!written.IsCancellationRequested)
            {
                var last = seen.Count == 0 ? 0 : seen[^1].LastSeq;
                if ((await reader.StatesAsync()).Items.SingleOrDefault(state => state.Channel == room.Channel) is { } listed)
                    seen.Add(listed);
                if (last > 0)
                    seen.Add(await reader.ReadAsync(room.Channel, random.NextInt64(1, last + 1)));
            }

            return seen;
        })).ToArray();
        await Task.WhenAll(Enumerable.Range(0, Messages).GroupBy(i => i % 8).Select(async sender =>
        {
            foreach (var i in sender)
                await writers[i % 2].SendAsync(i % 3 == 0 ? "@everyone" : "said", i.ToString(CultureInfo.InvariantCulture));
        }));
        await written.CancelAsync();
        var states = (await Task.WhenAll(reading)).SelectMany(seen => seen).ToList();

        Assert.NotEmpty(states);
        Assert.All(states, state =>
        {
            Assert.Equal(state.LastSeq - state.ReadSeq, state.Unread);
            Assert.InRange(state.Mentions, 0, state.Unread);
        });
        var final = await readers[0].StateAsync(room.Channel);
        Assert.Equal((Messages, Messages - final.ReadSeq), (final.LastSeq, final.Unread));
    }

    [Fact]
    public async Task G10_marking_a_server_as_read_while_its_members_write_everywhere_never_deadlocks()
    {
        const int Channels = 8;
        // Of its own, so that its deadlocks are those of this test.
        var database = await world.CreateDatabaseAsync();
        await using var a = world.StartDeaf(database);
        await using var b = world.StartDeaf(database);
        var room = await world.OpenRoomAsync();
        var (one, other) = (await world.PersonAsync("one"), await world.PersonAsync("other"));
        await world.JoinAsync(room, one);
        await world.JoinAsync(room, other);
        var channels = new List<Guid> { room.Channel };
        while (channels.Count < Channels)
            channels.Add((await world.AddChannelAsync(room)).Channel);

        await Task.WhenAll(new[] { one, other }.SelectMany((person, index) => Enumerable.Range(0, 4).Select(async device =>
        {
            var http = (device % 2 == 0 ? a : b).CreateClient(person.Token);
            var random = new Random(index * 10 + device);
            for (var i = 0; i < 40; i++)
            {
                if (device < 2)
                    await new Reader(http).ReadServerAsync(room.Server);
                else
                    await Task.WhenAll(random.GetItems(channels.ToArray(), 6).Select(channel => new ChannelClient(http, channel).SendAsync("said")));
            }
        })));

        Assert.Equal(0, await Sql.ScalarAsync<long>(database, "select deadlocks from pg_stat_database where datname = current_database()"));
        var recount = await Recount.TakeAsync(database, channels);
        foreach (var person in new[] { one, other })
        {
            var states = (await new Reader(a.CreateClient(person.Token)).StatesAsync()).Items.Where(state => channels.Contains(state.Channel)).ToArray();
            Assert.Equal(Channels, states.Length);
            Assert.All(states, state => Assert.Equal(recount.After(state.Channel, state.ReadSeq, person.Id, _ => false, new Dictionary<Guid, Func<Guid, bool>>()).Unread, state.Unread));
        }
    }

    [Fact]
    public async Task G10_marking_a_server_as_read_holds_no_row_of_a_channel_while_it_waits_for_one_before_it()
    {
        var room = await world.OpenRoomAsync();
        Guid[] channels = [room.Channel, (await world.AddChannelAsync(room)).Channel];
        Array.Sort(channels);
        var (person, reader) = (room.Owner, new Reader(room.Http));
        await new ChannelClient(room.Http, channels[0]).SendAsync("settled by the list");
        await reader.StatesAsync();
        await new ChannelClient(room.Http, channels[1]).SendAsync("not settled yet");
        await using var send = new NpgsqlConnection(world.Database);
        await send.OpenAsync(Ending);
        await Sql.RunAsync(send, "begin");
        const string Take = "select from read_states where user_id = $1 and channel = $2 for no key update";
        await Sql.RunAsync(send, Take, person.Id, channels[0]);

        var marking = reader.ReadServerAsync(room.Server);
        await Sql.AwaitedAsync(send, 1);
        await Sql.RunAsync(send, Take + " nowait", person.Id, channels[1]);
        await Sql.RunAsync(send, "commit");

        await marking;
        Assert.Equal(0, await Sql.ScalarAsync<long>(world.Database, "select count(*) from read_states where user_id = $1 and channel = any ($2) and joined_at is null", person.Id, channels));
    }

    /// <summary>The owner deletes, gives a role or takes one; the last of the people leaves or comes back.</summary>
    private static async Task ServerAsync(Stage stage, List<RandomReader> readers, Random random)
    {
        await readers[0].DeleteManyAsync();
        for (var i = 0; i < 3; i++)
        {
            var (role, holder) = (random.Next(2) == 0 ? stage.Mentionable : stage.Unmentionable, readers[random.Next(1, readers.Count - 1)]);
            if (holder.Roles.TryRemove(role, out _))
            {
                await stage.World.TakeRoleAsync(stage.Room, holder.Person, role);
            }
            else
            {
                await stage.World.GiveRoleAsync(stage.Room, holder.Person, role);
                holder.Roles[role] = true;
            }
        }

        if (readers[^1].Away)
            await readers[^1].ComeBackAsync();
        else if (random.Next(2) == 0)
            await readers[^1].LeaveAsync();
    }

    private async Task CompareAsync(Stage stage, List<RandomReader> readers, string when)
    {
        var recount = await Recount.TakeAsync(world.Database, [.. stage.Channels, stage.Group]);
        foreach (var reader in readers)
        {
            var all = (await reader.Reader.StatesAsync()).Items.ToLookup(state => stage.Channels.Contains(state.Channel) || state.Channel == stage.Group);
            // Elsewhere newcomers were greeted: that counts for nobody.
            Assert.All(all[false], state => Assert.Equal((0, 0), (state.Unread, state.Mentions)));
            var states = all[true].ToDictionary(state => state.Channel);
            Assert.Equal((reader.Away ? 0 : stage.Channels.Count) + (readers.IndexOf(reader) < 4 ? 1 : 0), states.Count);
            foreach (var (channel, state) in states)
            {
                if (!reader.Bounds.TryGetValue(channel, out var bound))
                {
                    bound = state.ReadSeq;
                    Assert.InRange(state.ReadSeq, reader.AtLeast.GetValueOrDefault(channel), long.MaxValue);
                }

                var (inGroup, owner) = (channel == stage.Group, stage.Room.Owner.Id);
                var roles = inGroup ? [] : reader.Roles.Keys.ToDictionary(role => role, role => (Func<Guid, bool>)(author => role == stage.Mentionable || author == owner));
                var (unread, mentions) = recount.After(channel, bound, reader.Person.Id, author => inGroup || author == owner, roles);
                Assert.Equal(
                    (when, reader.Person.Username, recount.LastPlace(channel, bound), recount.LastPlace(channel), unread, mentions),
                    (when, reader.Person.Username, state.ReadSeq, state.LastSeq, state.Unread, state.Mentions));
            }
        }
    }
}
