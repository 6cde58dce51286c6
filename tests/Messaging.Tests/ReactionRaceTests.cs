using System.Collections.Concurrent;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Chat.Contracts;
using Chat.Stores;

namespace Chat.Messaging.Tests;

/// <summary>Reactions that meet one another, and those that meet the loss of the right to react, over two replicas.</summary>
public sealed class ReactionRaceTests(World world)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private static readonly string[] Kinds =
        ["😀", "😁", "😂", "😃", "😄", "😅", "😆", "😇", "😈", "😉", "😊", "😋", "😌", "😍", "😎", "😏", "😐", "😑", "😒", "😓", "😔", "😕", "😖", "😗", "😘", "😙", "😚", "😛", "😜", "😝"];

    private static CancellationToken Ending => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Of_30_kinds_at_once_exactly_20_find_room_and_those_that_are_there_can_be_joined()
    {
        var room = await world.OpenRoomAsync();
        var message = (await room.SendAsync("react")).Id;
        var replicas = Replicas(room, room.Owner);

        var answers = await Task.WhenAll(Kinds.Select((emoji, i) => Repeating.ServedAsync(() => replicas[i % 2].ReactAsync(message, emoji))));

        Assert.Equal(20, answers.Count(answer => answer.StatusCode == HttpStatusCode.OK));
        foreach (var refused in answers.Where(answer => answer.StatusCode != HttpStatusCode.OK))
            await refused.ExpectProblemAsync(HttpStatusCode.Conflict, "too_many_reactions");
        var (taken, left) = (Kinds.Where((_, i) => answers[i].IsSuccessStatusCode).ToArray(), Kinds.Where((_, i) => !answers[i].IsSuccessStatusCode).ToArray());
        Assert.Equal(21, await room.RevAsync());
        var guest = await world.JoinAsync(room);
        await guest.ReactAsync(message, taken[0]).OkAsync();
        await guest.ReactAsync(message, left[0]).ExpectProblemAsync(HttpStatusCode.Conflict, "too_many_reactions");
        await room.UnreactAsync(message, taken[1]).OkAsync();
        await guest.ReactAsync(message, left[0]).OkAsync();
        await CountsEqualRowsAsync(room, message);
    }

    [Fact]
    public async Task Counts_equal_the_rows_after_200_parallel_additions_and_removals_over_two_replicas()
    {
        var room = await world.OpenRoomAsync();
        var message = (await room.SendAsync("react")).Id;
        var people = new List<ChannelClient[]> { Replicas(room, room.Owner) };
        for (var i = 0; i < 4; i++)
        {
            var guest = await world.PersonAsync("guest");
            await world.JoinAsync(room, guest);
            people.Add(Replicas(room, guest));
        }

        var random = new Random(7);
        var acts = Enumerable.Range(0, 200).Select(i => (Client: people[random.Next(people.Count)][i % 2], Emoji: Kinds[random.Next(3)], Add: random.Next(5) < 3)).ToArray();
        await Task.WhenAll(acts.Select(act =>
            Repeating.ServedAsync(() => act.Add ? act.Client.ReactAsync(message, act.Emoji) : act.Client.UnreactAsync(message, act.Emoji)).OkAsync())).WaitAsync(Patience * 2, Ending);

        await CountsEqualRowsAsync(room, message);
        // Every revision is there once: the message has the last, the log begins with none missing.
        Assert.Equal(await room.RevAsync(), (await room.FindAsync(message)).GetProperty("rev").GetInt64());
    }

    [Fact]
    public async Task G4_the_role_lost_its_right_to_react_and_what_was_under_way_is_not_stored_after_the_answer() =>
        await RaceAsync(HttpStatusCode.Forbidden, "missing_permission", async (room, _) =>
        {
            using var owner = world.ServersClient(room.Owner);
            var roles = await owner.JsonAsync($"/api/v1/servers/{room.Server}/roles");
            var member = roles.GetProperty("items").EnumerateArray().First(role => role.TryGetProperty("builtIn", out var code) && code.GetString() == "member");
            var kept = (Permissions)member.GetProperty("permissions").GetInt64() & ~Permissions.AddReactions;
            using var edited = await owner.PatchAsJsonAsync($"/api/v1/servers/{room.Server}/roles/{member.GetProperty("id").GetGuid()}", new { permissions = (long)kept }, Ending);
            await edited.ExpectAsync(HttpStatusCode.OK);
        });

    [Fact]
    public async Task G4_somebody_was_kicked_and_what_was_under_way_is_not_stored_after_the_answer() =>
        await RaceAsync(HttpStatusCode.NotFound, "channel_not_found", async (room, guest) => Assert.InRange((int)await world.ExpelAsync(room, guest, ban: false), 200, 204));

    [Fact]
    public async Task G4_a_reaction_that_was_allowed_before_the_loss_and_waits_for_the_channel_is_refused()
    {
        var (room, guest) = (await world.OpenRoomAsync(), await world.PersonAsync("guest"));
        await world.JoinAsync(room, guest);
        var message = (await room.SendAsync("react")).Id;
        Task<HttpResponseMessage> reaction;
        await using (var held = await HeldChannel.HoldAsync(world.Database, room.Channel))
        {
            reaction = Replicas(room, guest)[1].ReactAsync(message, Kinds[0]);
            await held.AwaitedAsync();
            var leave = world.LeaveAsync(room, guest);
            await held.AwaitedAsync(by: 2);
            await held.RaiseFenceAsync(room.Channel, await world.ServerRevisionAsync(room));
            Assert.Equal(HttpStatusCode.NoContent, await leave);
        }

        await reaction.ExpectProblemAsync(HttpStatusCode.NotFound, "channel_not_found");
        Assert.Equal("", (await room.FindAsync(message)).ReactionsOf());
    }

    private async Task RaceAsync(HttpStatusCode refusal, string code, Func<Room, Account, Task> lose)
    {
        var (room, guest) = (await world.OpenRoomAsync(), await world.PersonAsync("racer"));
        await world.JoinAsync(room, guest);
        var message = (await room.SendAsync("react")).Id;
        var clients = Replicas(room, guest);
        var began = new ConcurrentQueue<long>();
        var underWay = new TaskCompletionSource();
        var clock = TimeProvider.System;

        var racers = Enumerable.Range(0, 10).Select(async racer =>
        {
            while (true)
            {
                var start = clock.GetTimestamp();
                using var answer = await clients[racer % 2].ReactAsync(message, Kinds[racer]);
                if (answer.StatusCode != HttpStatusCode.OK)
                {
                    await answer.ExpectProblemAsync(refusal, code);
                    return;
                }

                began.Enqueue(start);
                if (began.Count > 20)
                    underWay.TrySetResult();
                using var taken = await clients[racer % 2].UnreactAsync(message, Kinds[racer]);
                if (refusal == HttpStatusCode.NotFound && taken.StatusCode == refusal)
                    return;
                await taken.ExpectAsync(HttpStatusCode.OK);
            }
        }).ToArray();
        await underWay.Task.WaitAsync(Patience, Ending);
        await lose(room, guest);
        var answered = clock.GetTimestamp();
        var added = await Sql.ScalarAsync<long>(world.Database, "select coalesce(max(rev), 0) from reactions where channel = $1", room.Channel);
        await Task.WhenAll(racers).WaitAsync(Patience, Ending);

        Assert.All(began, start => Assert.True(start < answered, "A request that began after the answer was served."));
        // Taking back is still allowed to who only lost the right to add.
        Assert.InRange(await Sql.ScalarAsync<long>(world.Database, "select coalesce(max(rev), 0) from reactions where channel = $1", room.Channel), 0, added);
        await CountsEqualRowsAsync(room, message);
    }

    private async Task CountsEqualRowsAsync(ChannelClient client, Guid message)
    {
        var counts = (await client.FindAsync(message)).TryGetProperty("reactions", out var reactions)
            ? reactions.EnumerateArray().ToDictionary(one => one.GetProperty("emoji").GetString() ?? "", one => one.GetProperty("count").GetInt64(), StringComparer.Ordinal)
            : [];
        var rows = JsonSerializer.Deserialize<Dictionary<string, long>>(await Sql.ScalarAsync<string>(
            world.Database,
            "select coalesce(jsonb_object_agg(emoji, n), '{}')::text from (select emoji, count(*) n from reactions where channel = $1 group by emoji) counted",
            client.Channel)) ?? [];
        Assert.Equal(rows.OrderBy(row => row.Key, StringComparer.Ordinal), counts.OrderBy(count => count.Key, StringComparer.Ordinal));
    }

    private ChannelClient[] Replicas(Room room, Account person) => [.. new[] { world.A, world.B }.Select(replica => new ChannelClient(replica.CreateClient(person.Token), room.Channel))];
}
