using System.Net;
using System.Net.Http.Json;
using Chat.Stores;

namespace Chat.Messaging.Tests;

/// <summary>Accounts that are not in use, by the real identity service: nothing is done in their name, and nothing new begins with them.</summary>
public sealed class DisabledAccountTests(World world)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private static CancellationToken Ending => TestContext.Current.CancellationToken;

    [Fact]
    public async Task G4_once_disabling_is_answered_neither_the_person_nor_their_script_or_bot_does_anything()
    {
        var room = await world.OpenRoomAsync();
        var guest = await world.PersonAsync("guest");
        await world.JoinAsync(room, guest);
        var bot = await world.BotAsync(guest);
        var botToken = await world.BotTokenAsync(guest, bot, "messages:read", "messages:write", "servers:write");
        await world.JoinAsync(room, new Account(bot, "bot", botToken, ""));
        string[] tokens = [guest.Token, await world.ScriptTokenAsync(guest, "messages:read", "messages:write"), botToken];
        var clients = tokens.SelectMany(token => new[] { world.A, world.B }.Select(replica => new ChannelClient(replica.CreateClient(token), room.Channel))).ToArray();
        var said = new List<Guid>();
        foreach (var client in clients)
            said.Add((await client.SendAsync("before")).Id);
        var racing = clients.Select(async client =>
        {
            while (true)
            {
                using var answer = await client.PostAsync(new { content = "racing", nonce = Guid.NewGuid() });
                if (answer.StatusCode != HttpStatusCode.Created)
                {
                    await answer.ExpectProblemAsync(HttpStatusCode.Unauthorized, "unauthenticated");
                    return;
                }
            }
        }).ToArray();

        await world.DisableAsync(guest);

        foreach (var (place, client) in clients.Index())
        {
            foreach (var refused in new[]
            {
                client.PostAsync(new { content = "after", nonce = Guid.NewGuid() }), client.EditAsync(said[place], "after"), client.ReactAsync(said[place], "❤"), client.DeleteAsync(said[place]),
                client.Http.GetAsync(client.Messages, Ending), client.Http.PostAsJsonAsync("/api/v1/conversations", new { users = new[] { room.Owner.Id } }, Ending),
            })
                await refused.ExpectProblemAsync(HttpStatusCode.Unauthorized, "unauthenticated");
        }

        await Task.WhenAll(racing).WaitAsync(Patience, Ending);
        Assert.DoesNotContain((await room.HistoryAsync()).Items, message => message.Content == "after");
    }

    [Fact]
    public async Task Nothing_new_begins_with_a_disabled_account_until_it_is_back_and_the_answer_does_not_say_why()
    {
        var friends = await world.FriendsAsync(4);
        var (caller, disabled) = (friends[0], friends[1]);
        var group = (await caller.WithAsync(friends[2], friends[3])).Id;
        await world.DisableAsync(disabled.Account);
        var nobody = Guid.CreateVersion7();

        using (var unknown = await caller.BeginAsync(new { users = new[] { nobody } }))
        using (var two = await caller.BeginAsync(new { users = new[] { disabled.Id } }))
        {
            var expected = await unknown.ExpectProblemAsync(HttpStatusCode.Forbidden, "user_not_reachable");
            var problem = await two.ExpectProblemAsync(HttpStatusCode.Forbidden, "user_not_reachable");
            Assert.Equal(expected.GetProperty("detail").GetString(), problem.GetProperty("detail").GetString());
            Assert.Equal([disabled.Id], problem.GetProperty("users").EnumerateArray().Select(user => user.GetGuid()));
        }

        using (var several = await caller.BeginAsync(new { users = new[] { friends[2].Id, disabled.Id } }))
        {
            var problem = await several.ExpectProblemAsync(HttpStatusCode.Forbidden, "user_not_reachable");
            Assert.Equal([disabled.Id], problem.GetProperty("users").EnumerateArray().Select(user => user.GetGuid()));
        }

        await caller.PutAsync($"/{group}/members/{disabled.Id}").ExpectProblemAsync(HttpStatusCode.Forbidden, "user_not_reachable");

        await world.ReactivateAsync(disabled.Account);
        await caller.WithAsync(disabled);
        await caller.AddsAsync(group, disabled);
    }

    [Fact]
    public async Task What_there_is_with_a_disabled_account_stays_open()
    {
        var friends = await world.FriendsAsync(2);
        var id = (await friends[0].WithAsync(friends[1])).Id;
        await friends[1].In(id).SendAsync("before");
        await world.DisableAsync(friends[1].Account);

        using var again = await friends[0].BeginAsync(new { users = new[] { friends[1].Id } });
        await again.ExpectAsync(HttpStatusCode.OK);
        Assert.Equal("before", Assert.Single((await friends[0].In(id).HistoryAsync()).Items).Content);
        await friends[0].In(id).SendAsync("for when you are back");
    }

    [Fact]
    public async Task G4_a_message_for_later_of_a_disabled_account_is_not_sent_nor_that_of_its_bot()
    {
        var room = await world.OpenRoomAsync();
        var guest = await world.PersonAsync("guest");
        await world.JoinAsync(room, guest);
        var bot = await world.BotAsync(guest);
        var token = await world.BotTokenAsync(guest, bot, "messages:read", "messages:write", "servers:write");
        await world.JoinAsync(room, new Account(bot, "bot", token, ""));
        foreach (var one in new[] { guest.Token, token })
            await new ChannelClient(world.A.CreateClient(one), room.Channel).ScheduleAsync("too late", ScheduledCalls.InADay);
        await room.ScheduleAsync("in time", ScheduledCalls.InADay);
        await world.DisableAsync(guest);
        await ScheduledCalls.MakeDueAsync(world.Database, room);

        await Eventually.HoldsAsync("all of them were looked at", Patience, async () => await Sql.ScalarAsync<long>(
            world.Database, "select count(*) from scheduled_messages where channel = $1 and failure is null", room.Channel) == 0);

        Assert.Equal(2, await Sql.ScalarAsync<long>(world.Database, "select count(*) from scheduled_messages where channel = $1 and failure = 'account_disabled'", room.Channel));
        Assert.Equal("in time", Assert.Single((await room.HistoryAsync()).Items).Content);
    }

    [Fact]
    public async Task While_identity_is_away_those_who_are_known_count_as_in_use_and_messages_for_later_wait()
    {
        await using var gate = new TcpGate(world.IdentityAddress.Host, world.IdentityAddress.Port);
        var database = await world.CreateDatabaseAsync();
        // What it does not know of identity's events it has to ask.
        await using var replica = world.StartDeaf(database, settings: ("services:identity:http:0", $"http://127.0.0.1:{gate.Port}"));
        var talkers = new List<Talker>();
        for (var i = 0; i < 4; i++)
            talkers.Add(new Talker(await world.PersonAsync("talker"), replica, replica));
        var (ada, bob, third, unheard) = (talkers[0], talkers[1], talkers[2], talkers[3]);
        await world.BefriendAsync(ada, bob, replica);
        await world.BefriendAsync(ada, third, replica);
        var id = (await ada.WithAsync(third)).Id;
        var later = await ada.In(id).ScheduleAsync("in the end", ScheduledCalls.InADay);
        // Whoever asks for anything is known from then on.
        await bob.BeginAsync(new { users = new[] { Guid.CreateVersion7() } }).ExpectProblemAsync(HttpStatusCode.Forbidden, "user_not_reachable");
        gate.Shut();

        await ada.WithAsync(bob);
        await ada.BeginAsync(new { users = new[] { unheard.Id } }).ExpectProblemAsync(HttpStatusCode.ServiceUnavailable, "identity_unavailable");
        await ScheduledCalls.MakeDueAsync(database, ada.In(id));
        await Eventually.HoldsAsync("it is postponed", Patience, async () => await Sql.ScalarAsync<bool>(database, "select try_at > send_at from scheduled_messages where id = $1", later.Id));
        Assert.Null(Assert.Single((await ada.A.ScheduledAsync()).Items).Failed);
        gate.Open();
        await Eventually.HoldsAsync("it is sent", Patience, async () => (await ada.In(id).HistoryAsync()).Items is [{ Content: "in the end" }]);
    }
}
