using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Chat.Contracts;
using Chat.Stores;
using MassTransit;
using Microsoft.Extensions.DependencyInjection;

namespace Chat.Messaging.Tests;

/// <summary>Conversations of several.</summary>
public sealed class GroupConversationTests(World world)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private static CancellationToken Ending => TestContext.Current.CancellationToken;

    private IBus Bus => world.A.Services.GetRequiredService<IBus>();

    [Fact]
    public async Task G2_a_group_is_made_once_for_each_key_over_two_replicas_and_another_time_without_one()
    {
        var friends = await world.FriendsAsync(3);
        var (owner, body) = (friends[0], new { users = new[] { friends[1].Id, friends[2].Id }, name = "  Cafe\u0301 ", icon = Guid.CreateVersion7() });

        var made = await Task.WhenAll(Enumerable.Range(0, 10).Select(async i =>
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, "/api/v1/conversations") { Content = JsonContent.Create(body) };
            request.Headers.Add("Idempotency-Key", "the-group");
            using var answer = await (i % 2 == 0 ? owner.A : owner.B).SendAsync(request, Ending);
            await answer.ExpectAsync(HttpStatusCode.Created);
            return await answer.ReadAsync<ConversationView>();
        }));
        using var other = await owner.BeginAsync(body);

        var group = made[0];
        Assert.Single(made.Select(one => one.Id).Distinct());
        Assert.NotEqual(group.Id, (await other.ReadAsync<ConversationView>()).Id);
        Assert.Equal(("group", "Café", body.icon, owner.Id), (group.Kind, group.Name, group.Icon, group.Owner));
        Assert.Equal(owner.Id, group.MemberIds[0]);
        Assert.Equal(friends.Select(friend => friend.Id).Order(), group.MemberIds.Order());
        foreach (var friend in friends)
            Assert.Equal(2, (await friend.ListedAsync()).Length);
    }

    [Fact]
    public async Task Strangers_cannot_be_put_into_a_group_nor_those_who_block_or_are_blocked()
    {
        var friends = await world.FriendsAsync(5);
        var (owner, stranger) = (friends[0], await world.TalkerAsync());
        await world.BlockAsync(friends[3], owner);
        await world.BlockAsync(owner, friends[4]);
        var id = (await owner.WithAsync(friends[1], friends[2])).Id;

        foreach (var user in new[] { stranger.Id, friends[3].Id, friends[4].Id, Guid.CreateVersion7() })
        {
            using var made = await owner.BeginAsync(new { users = new[] { friends[1].Id, user } });
            using var added = await owner.PutAsync($"/{id}/members/{user}");

            Assert.Equal(user, Assert.Single((await made.ExpectProblemAsync(HttpStatusCode.Forbidden, "user_not_reachable")).GetProperty("users").EnumerateArray()).GetGuid());
            await added.ExpectProblemAsync(HttpStatusCode.Forbidden, "user_not_reachable");
        }

        // A friend of the owner is a stranger to another member.
        var other = await world.TalkerAsync();
        await world.BefriendAsync(owner, other);
        using var byMember = await friends[1].PutAsync($"/{id}/members/{other.Id}");
        await byMember.ExpectProblemAsync(HttpStatusCode.Forbidden, "user_not_reachable");
        await world.JoinAsync(await world.OpenRoomAsync(friends[1].Account), other.Account);
        await friends[1].AddsAsync(id, other);
        Assert.Equal(4, (await owner.SeesAsync(id)).Members.Length);
    }

    [Fact]
    public async Task Of_30_racing_additions_by_two_members_over_two_replicas_a_group_of_2_takes_23()
    {
        var friends = await world.FriendsAsync(3);
        var id = (await friends[0].WithAsync(friends[1], friends[2])).Id;
        await friends[0].RemovesAsync(id, friends[2]);
        var room = await world.OpenRoomAsync(friends[0].Account);
        await world.JoinAsync(room, friends[1].Account);
        var others = new List<Talker>();
        for (var i = 0; i < 30; i++)
        {
            others.Add(await world.TalkerAsync("added"));
            await world.JoinAsync(room, others[i].Account);
        }

        var answers = await Task.WhenAll(others.Select(async (other, i) =>
        {
            var adder = friends[i % 2];
            using var answer = await adder.PutAsync($"/{id}/members/{other.Id}", i % 4 < 2 ? adder.A : adder.B);
            if (answer.StatusCode != HttpStatusCode.OK)
                await answer.ExpectProblemAsync(HttpStatusCode.Conflict, "group_full");
            return answer.StatusCode;
        }));

        Assert.Equal(23, answers.Count(status => status == HttpStatusCode.OK));
        var group = await friends[0].SeesAsync(id);
        Assert.Equal(25, group.Members.Length);
        Assert.Equal(group.Rev, await Sql.ScalarAsync<long>(world.Database, "select count(*) from messages where channel = $1", id));
    }

    [Fact]
    public async Task What_members_do_stands_in_the_conversation_and_a_repetition_adds_nothing()
    {
        var friends = await world.FriendsAsync(5);
        var (owner, member) = (friends[0], friends[1]);
        var id = (await owner.WithAsync(member, friends[2])).Id;
        var icon = Guid.CreateVersion7();

        for (var repeat = 0; repeat < 2; repeat++)
        {
            await owner.AddsAsync(id, friends[3]);
            Assert.Equal("Tea", (await member.ChangesAsync(id, new { name = " Tea " })).Name);
            Assert.Equal(icon, (await member.ChangesAsync(id, new { icon })).Icon);
            await owner.RemovesAsync(id, friends[3]);
            if (repeat == 0)
                await owner.AddsAsync(id, friends[4]);
            await friends[4].RemovesAsync(id, friends[4]);
            if (repeat == 0)
                Assert.Equal(member.Id, (await owner.ChangesAsync(id, new { owner = member.Id })).Owner);
            else
                Assert.Equal(owner.Id, (await owner.ChangesAsync(id, new { owner = owner.Id })).Owner);
            if (repeat == 0)
                (owner, member) = (member, owner);
            await world.BefriendAsync(owner, friends[3]);
            Assert.Null((await owner.ChangesAsync(id, new { name = (string?)null })).Name);
            if (repeat == 0)
            {
                await owner.AddsAsync(id, friends[3]);
                await owner.ChangesAsync(id, new { name = "Tea" });
            }
        }

        var log = await SystemAsync(owner, id);
        Assert.Equal(
            [
                ("member_added", friends[0].Id, friends[3].Id), ("channel_renamed", friends[1].Id, null), ("icon_changed", friends[1].Id, null),
                ("member_removed", friends[0].Id, friends[3].Id), ("member_added", friends[0].Id, friends[4].Id), ("member_left", friends[4].Id, friends[4].Id),
                ("owner_changed", friends[0].Id, friends[1].Id), ("channel_renamed", friends[1].Id, null),
                ("member_added", friends[1].Id, friends[3].Id), ("channel_renamed", friends[1].Id, null),
                ("member_removed", friends[1].Id, friends[3].Id), ("channel_renamed", friends[1].Id, null),
            ],
            log.Select(entry => (entry.Kind, entry.Author, entry.User)));
        Assert.Equal((null, "Tea"), (log[1].Before, log[1].Name));
        Assert.Equal(("Tea", null), (log[7].Before, log[7].Name));
    }

    [Fact]
    public async Task What_is_the_owner_s_alone_is_refused_to_other_members_and_nothing_of_it_is_done()
    {
        var friends = await world.FriendsAsync(4);
        var id = (await friends[0].WithAsync(friends[1], friends[2])).Id;
        var before = await friends[1].SeesAsync(id);

        using var taken = await friends[1].PatchAsync(id, new { name = "mine", owner = friends[1].Id });
        using var closed = await friends[1].PatchAsync(id, new { closed = true });
        using var removed = await friends[1].DeleteAsync($"/{id}/members/{friends[2].Id}");
        using var hidden = await friends[1].DeleteAsync($"/{id}");
        using var given = await friends[0].PatchAsync(id, new { owner = friends[3].Id });
        using var nobody = await friends[0].PatchAsync(id, new { owner = Guid.CreateVersion7(), name = "none of it" });
        using var name = await friends[1].PatchAsync(id, new { name = new string('x', 101) });
        using var odd = await friends[1].PatchAsync(id, new { name = 7 });
        using var icon = await friends[1].PatchAsync(id, new { icon = "mine" });
        using var open = await friends[0].PatchAsync(id, new { closed = (bool?)null });

        foreach (var answer in new[] { taken, closed, removed })
            await answer.ExpectProblemAsync(HttpStatusCode.Forbidden, "missing_permission");
        await hidden.ExpectProblemAsync(HttpStatusCode.Conflict, "not_direct");
        await given.ExpectFieldErrorAsync("owner", "not_a_member");
        await nobody.ExpectFieldErrorAsync("owner", "not_a_member");
        await name.ExpectFieldErrorAsync("name", "too_long");
        foreach (var answer in new[] { odd, icon, open })
            await answer.ExpectProblemAsync(HttpStatusCode.BadRequest, "malformed_request");
        Assert.Equivalent(before, await friends[1].SeesAsync(id), strict: true);
    }

    [Fact]
    public async Task In_a_closed_group_nobody_writes_until_its_owner_opens_it_again()
    {
        var friends = await world.FriendsAsync(4);
        var (owner, member) = (friends[0], friends[1]);
        var id = (await owner.WithAsync(member, friends[2])).Id;
        await member.In(id).SendAsync("before");

        Assert.NotNull((await owner.ChangesAsync(id, new { closed = true })).ClosedAt);
        Assert.NotNull((await owner.ChangesAsync(id, new { closed = true })).ClosedAt);

        foreach (var talker in new[] { owner, member })
        {
            using var sent = await talker.There(id).PostAsync(new { content = "no", nonce = "n" });
            using var renamed = await talker.PatchAsync(id, new { name = "no" });
            using var added = await talker.PutAsync($"/{id}/members/{friends[3].Id}");
            await sent.ExpectProblemAsync(HttpStatusCode.Forbidden, "missing_permission");
            await renamed.ExpectProblemAsync(HttpStatusCode.Conflict, "conversation_closed");
            await added.ExpectProblemAsync(HttpStatusCode.Conflict, "conversation_closed");
            Assert.Single((await talker.In(id).HistoryAsync()).Items);
        }

        var open = await owner.ChangesAsync(id, new { closed = false, name = "yes" });
        Assert.Equal((null, "yes"), (open.ClosedAt, open.Name));
        await member.In(id).SendAsync("after");
    }

    [Fact]
    public async Task The_owner_who_leaves_is_followed_by_who_has_been_in_the_group_longest_and_with_the_last_all_of_it_goes()
    {
        var friends = await world.FriendsAsync(4);
        var group = await friends[0].WithAsync(friends[1], friends[2]);
        await friends[0].AddsAsync(group.Id, friends[3]);
        await friends[3].In(group.Id).SendAsync("hello");
        var next = friends.Single(friend => friend.Id == group.MemberIds[1]);
        var last = friends.Single(friend => friend.Id == group.MemberIds[2]);

        await friends[0].RemovesAsync(group.Id, friends[0]);
        Assert.Equal(next.Id, (await friends[3].SeesAsync(group.Id)).Owner);
        await next.RemovesAsync(group.Id, next);
        Assert.Equal(last.Id, (await friends[3].SeesAsync(group.Id)).Owner);
        await last.RemovesAsync(group.Id, last);
        Assert.Equal(friends[3].Id, (await friends[3].SeesAsync(group.Id)).Owner);
        // Said again, it is still so.
        await last.RemovesAsync(group.Id, last);
        await friends[3].RemovesAsync(group.Id, friends[3]);

        using var gone = await friends[3].GetAsync($"/{group.Id}");
        using var sent = await friends[3].In(group.Id).PostAsync(new { content = "anybody?", nonce = "n" });
        await gone.ExpectProblemAsync(HttpStatusCode.NotFound, "channel_not_found");
        await sent.ExpectProblemAsync(HttpStatusCode.NotFound, "channel_not_found");
        await Eventually.HoldsAsync("everything is gone", Patience, async () => 0 == await Sql.ScalarAsync<long>(
            world.Database,
            """
            select (select count(*) from messages where channel = $1) + (select count(*) from channels where id = $1) + (select count(*) from conversations where id = $1)
              + (select count(*) from conversation_members where conversation = $1) + (select count(*) from read_states where channel = $1)
            """,
            group.Id));
    }

    [Fact]
    public async Task Of_all_members_who_leave_at_once_none_is_left_and_nothing_deadlocks()
    {
        var friends = await world.FriendsAsync(8);
        var id = (await friends[0].WithAsync(friends[1..])).Id;

        await Task.WhenAll(friends.Select((friend, i) => friend.DoesAsync(() => friend.DeleteAsync($"/{id}/members/{friend.Id}", i % 2 == 0 ? friend.A : friend.B), HttpStatusCode.NoContent)));

        Assert.Equal(0, await Sql.ScalarAsync<long>(world.Database, "select count(*) from conversations where id = $1", id));
        Assert.Equal(0, await Sql.ScalarAsync<long>(world.Database, "select count(*) from conversation_members where conversation = $1", id));
    }

    [Fact]
    public async Task Who_is_erased_stays_shown_as_a_deleted_user_and_what_they_owned_passes_on()
    {
        var friends = await world.FriendsAsync(3);
        var group = await friends[0].WithAsync(friends[1], friends[2]);
        var heir = friends.Single(friend => friend.Id == group.MemberIds[1]);
        var direct = (await friends[0].WithAsync(friends[1])).Id;

        await EraseAsync(friends[0], async () => (await heir.SeesAsync(group.Id)).Owner == heir.Id);

        var seen = await heir.SeesAsync(group.Id);
        Assert.Equal(group.MemberIds, seen.MemberIds);
        Assert.Equal(new AuthorView(friends[0].Id, "deleted", "Deleted user", true), seen.Members[0]);
        Assert.Equal("owner_changed", Assert.Single(await SystemAsync(heir, group.Id)).Kind);
        Assert.True((await friends[1].SeesAsync(direct)).Members.Single(member => member.Id == friends[0].Id).Deleted);
        using var given = await heir.PatchAsync(group.Id, new { owner = friends[0].Id });
        using var begun = await heir.BeginAsync(new { users = new[] { friends[0].Id } });
        await given.ExpectFieldErrorAsync("owner", "not_a_member");
        await begun.ExpectProblemAsync(HttpStatusCode.Forbidden, "user_not_reachable");

        // Who is erased cannot keep a group alive.
        var other = friends[1..].Single(friend => friend != heir);
        await heir.RemovesAsync(group.Id, other);
        await heir.RemovesAsync(group.Id, heir);
        Assert.Equal(0, await Sql.ScalarAsync<long>(world.Database, "select count(*) from conversations where id = $1", group.Id));
    }

    private async Task EraseAsync(Talker talker, Func<Task<bool>> done)
    {
        await Bus.Publish(new UserDeleted { User = talker.Id, At = DateTimeOffset.UtcNow }, Ending);
        await Eventually.HoldsAsync("the erasure", Patience, done);
    }

    private static async Task<List<(string Kind, Guid Author, Guid? User, string? Name, string? Before)>> SystemAsync(Talker talker, Guid conversation)
    {
        using var response = await talker.A.GetAsync(talker.In(conversation).Messages, Ending);
        await response.ExpectAsync(HttpStatusCode.OK);
        return [.. (await response.ReadAsync<JsonElement>()).GetProperty("items").EnumerateArray().Select(message =>
        {
            var note = message.TryGetProperty("system", out var system) ? system : default;
            string? Text(string name) => note.ValueKind == JsonValueKind.Object && note.TryGetProperty(name, out var value) ? value.GetString() : null;
            return (message.GetProperty("kind").GetString() ?? "", message.GetProperty("author").GetProperty("id").GetGuid(),
                Text("user") is { } user ? Guid.Parse(user) : (Guid?)null, Text("name"), Text("before"));
        })];
    }
}
