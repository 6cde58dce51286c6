using System.Collections.Concurrent;
using System.Net;
using System.Net.Http.Json;
using Chat.Stores;

namespace Chat.Messaging.Tests;

/// <summary>In a locked thread nobody does anything who does not manage threads, but for taking back what is theirs.</summary>
public sealed class LockedThreadTests(World world)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);

    private static CancellationToken Ending => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Nothing_can_be_done_in_it_without_ManageThreads_not_even_by_who_manages_messages(bool moderates)
    {
        var place = await PrepareAsync(moderates);
        await LockAsync(place, locked: true);
        var rev = await RevisionAsync(place.Thread);

        foreach (var (what, act) in Acts(place))
        {
            using var refused = await act();
            Assert.True(refused.StatusCode == HttpStatusCode.Forbidden, $"{what} was answered {(int)refused.StatusCode}.");
            await refused.ExpectProblemAsync(HttpStatusCode.Forbidden, "thread_locked");
        }

        Assert.Equal(rev, await RevisionAsync(place.Thread));
        await LockAsync(place, locked: false);
        foreach (var (what, act) in Acts(place))
        {
            using var done = await act();
            Assert.True(done.IsSuccessStatusCode || (what is "pins" or "unpins" && !moderates), $"{what} was answered {(int)done.StatusCode}.");
        }
    }

    [Fact]
    public async Task Who_manages_threads_does_all_of_it()
    {
        var place = await PrepareAsync(moderates: false);
        var (owner, http) = (new ChannelClient(place.Owner.Http, place.Thread), place.Owner.Http);
        var own = (await owner.SendAsync("the owner's")).Id;
        await LockAsync(place, locked: true);

        await owner.SendAsync("still");
        await owner.EditAsync(own, "changed").ExpectAsync(HttpStatusCode.OK);
        await owner.ReactAsync(place.Own, "🎉").ExpectAsync(HttpStatusCode.OK);
        await owner.VoteAsync(place.Poll, 0).ExpectAsync(HttpStatusCode.OK);
        await owner.PinAsync(place.Own).ExpectAsync(HttpStatusCode.NoContent);
        await owner.EditThreadAsync(place.Thread, new { name = "moderated" }).ExpectAsync(HttpStatusCode.OK);
        await owner.CloseAsync(place.Poll).ExpectAsync(HttpStatusCode.OK);
        await owner.PostLaterAsync("later", ScheduledCalls.InADay).ExpectAsync(HttpStatusCode.Created);
        Assert.Equal("moderated", (await owner.FindThreadAsync(place.Thread)).Name);
        using var answer = await http.GetAsync(owner.Messages, Ending);
        await answer.ExpectAsync(HttpStatusCode.OK);
    }

    [Fact]
    public async Task What_is_one_s_own_can_be_read_and_taken_back()
    {
        var place = await PrepareAsync(moderates: false);
        var guest = place.Guest;
        await guest.ReactAsync(place.Others, "❤").ExpectAsync(HttpStatusCode.OK);
        await LockAsync(place, locked: true);

        Assert.Equal("", (await guest.UnreactAsync(place.Others, "❤").OkAsync()).ReactionsOf());
        await guest.DeleteAsync(place.Own).ExpectAsync(HttpStatusCode.NoContent);
        await guest.DeleteAsync(place.Poll).ExpectAsync(HttpStatusCode.NoContent);
        await guest.DeleteAsync(place.Others).ExpectProblemAsync(HttpStatusCode.Forbidden, "missing_permission");
        await guest.Http.PutAsJsonAsync($"/api/v1/channels/{place.Thread}/draft", new { content = "for when it opens" }, Ending).ExpectAsync(HttpStatusCode.OK);
        await guest.Http.DeleteAsync($"/api/v1/threads/{place.Thread}/members/@me", Ending).ExpectAsync(HttpStatusCode.NoContent);
        await guest.Http.PutAsync($"/api/v1/threads/{place.Thread}/members/@me", null, Ending).ExpectAsync(HttpStatusCode.NoContent);
        await guest.Http.PutAsJsonAsync($"/api/v1/channels/{place.Thread}/read", new { seq = 1 }, Ending).ExpectAsync(HttpStatusCode.OK);
        Assert.NotNull((await guest.HistoryAsync()).Items.Single(message => message.Id == place.Own).DeletedAt);
    }

    [Fact]
    public async Task Who_manages_messages_still_clears_up_in_it()
    {
        var place = await PrepareAsync(moderates: true);
        await place.Guest.ReactAsync(place.Others, "❤").ExpectAsync(HttpStatusCode.OK);
        var asked = await new ChannelClient(place.Owner.Http, place.Thread).AskAsync();
        await LockAsync(place, locked: true);

        Assert.Equal("", (await place.Guest.ClearAsync(place.Others).OkAsync()).ReactionsOf());
        await place.Guest.CloseAsync(asked).ExpectAsync(HttpStatusCode.OK);
        await place.Guest.DeleteAsync(place.Others).ExpectAsync(HttpStatusCode.NoContent);
    }

    [Fact]
    public async Task Others_than_its_creator_rename_it_neither_locked_nor_open()
    {
        var place = await PrepareAsync(moderates: false);
        var other = await world.JoinAsync(place.Owner);
        foreach (var locked in new[] { true, false })
        {
            await LockAsync(place, locked);
            await other.EditThreadAsync(place.Thread, new { name = "theirs" }).ExpectProblemAsync(HttpStatusCode.Forbidden, "missing_permission");
        }
    }

    [Fact]
    public async Task G4_of_a_hundred_edits_reactions_and_votes_that_race_with_the_lock_none_is_made_after_its_answer()
    {
        var place = await PrepareAsync(moderates: false);
        var here = new ChannelClient(world.A.CreateClient(place.Account.Token), place.Thread);
        var done = new ConcurrentQueue<int>();
        var racers = Enumerable.Range(0, 100).Select(async racer =>
        {
            var client = racer % 2 == 0 ? place.Guest : here;
            for (var i = 0; ; i++)
            {
                using var answer = await Repeating.ServedAsync(() =>
                    racer % 3 == 0 ? client.ReactAsync(place.Own, i % 2 == 0 ? "❤" : "🎉") : racer % 3 == 1 ? client.VoteAsync(place.Poll, i % 3) : client.EditAsync(place.Own, $"{racer} {i}"));
                if (answer.StatusCode == HttpStatusCode.Forbidden)
                {
                    await answer.ExpectProblemAsync(HttpStatusCode.Forbidden, "thread_locked");
                    return;
                }

                await answer.ExpectAsync(HttpStatusCode.OK);
                done.Enqueue(racer);
            }
        }).ToArray();
        await Eventually.HoldsAsync("changes are under way", Patience, () => Task.FromResult(done.Count > 100));

        await LockAsync(place, locked: true);
        var (rev, message) = (await RevisionAsync(place.Thread), await place.Guest.FindAsync(place.Own));
        await Task.WhenAll(racers).WaitAsync(Patience, Ending);

        Assert.Equal(rev, await RevisionAsync(place.Thread));
        Assert.Equal(message.GetRawText(), (await place.Guest.FindAsync(place.Own)).GetRawText());
    }

    [Fact]
    public async Task G4_once_locking_is_answered_nobody_writes_there_but_who_manages_threads()
    {
        var room = await world.OpenRoomAsync();
        var guest = await world.JoinAsync(room);
        var mine = await room.ThreadAsync();
        var clients = new[] { new ChannelClient(guest.Http, mine.Channel), new ChannelClient(guest.Http, mine.Channel) };
        var kept = await clients[0].SendAsync("kept");
        var stored = new ConcurrentQueue<long>();
        var senders = Enumerable.Range(0, 20).Select(async sender =>
        {
            while (true)
            {
                using var answer = await clients[sender % 2].PostAsync(new { content = "racing", nonce = Guid.NewGuid().ToString() });
                if (answer.StatusCode != HttpStatusCode.Created)
                {
                    await answer.ExpectProblemAsync(HttpStatusCode.Forbidden, "thread_locked");
                    return;
                }

                stored.Enqueue((await answer.ReadAsync<MessageView>()).Rev);
            }
        }).ToArray();
        await Eventually.HoldsAsync("sends are under way", Patience, () => Task.FromResult(stored.Count > 20));

        using var locked = await room.EditThreadAsync(mine.Channel, new { locked = true });
        await locked.ExpectAsync(HttpStatusCode.OK);
        var rev = await RevisionAsync(mine.Channel);
        await Task.WhenAll(senders).WaitAsync(Patience, Ending);

        Assert.Equal(rev, await RevisionAsync(mine.Channel));
        Assert.All(stored, one => Assert.True(one <= rev));
        using var edited = await guest.Http.PatchAsJsonAsync($"{mine.Messages}/{kept.Id}", new { content = "changed" }, Ending);
        await edited.ExpectProblemAsync(HttpStatusCode.Forbidden, "thread_locked");
        await mine.SendAsync("by who may");
        using var opened = await room.EditThreadAsync(mine.Channel, new { locked = false });
        await opened.ExpectAsync(HttpStatusCode.OK);
        await clients[0].SendAsync("again");
    }

    private Task<long> RevisionAsync(Guid channel) => Sql.ScalarAsync<long>(world.Database, "select rev from channels where id = $1", channel);

    /// <summary>What locking takes, by name.</summary>
    private static (string What, Func<Task<HttpResponseMessage>> Act)[] Acts(Place place)
    {
        var guest = place.Guest;
        return
        [
            ("sends", () => guest.PostAsync(new { content = "more", nonce = Guid.NewGuid() })),
            ("asks", () => guest.PostAsync(new { nonce = Guid.NewGuid(), poll = new { question = "?", answers = new[] { new { text = "a" }, new { text = "b" } } } })),
            ("edits", () => guest.EditAsync(place.Own, "changed")),
            ("edits to the same", () => guest.EditAsync(place.Own, "mine")),
            ("reacts", () => guest.ReactAsync(place.Others, "🎉")),
            ("votes", () => guest.VoteAsync(place.Poll, 1)),
            ("takes a vote back", () => guest.VoteAsync(place.Poll)),
            ("pins", () => guest.PinAsync(place.Others)),
            ("unpins", () => guest.UnpinAsync(place.Others)),
            ("renames", () => guest.EditThreadAsync(place.Thread, new { name = "renamed" })),
            ("archives", () => guest.EditThreadAsync(place.Thread, new { archived = true })),
            ("schedules", () => guest.PostLaterAsync("later", ScheduledCalls.InADay)),
        ];
    }

    /// <summary>A thread of the guest with a message of theirs, a poll of theirs on which they have voted, and a message of the owner.</summary>
    private async Task<Place> PrepareAsync(bool moderates)
    {
        var room = await world.OpenRoomAsync();
        var account = await world.PersonAsync("guest");
        await world.JoinAsync(room, account);
        if (moderates)
            await world.GiveRoleAsync(room, account, await world.RoleAsync(room, Contracts.Permissions.ManageMessages));
        var guest = await new ChannelClient(world.B.CreateClient(account.Token), room.Channel).ThreadAsync();
        var (own, poll) = ((await guest.SendAsync("mine")).Id, await guest.AskAsync());
        await guest.VoteAsync(poll, 0).ExpectAsync(HttpStatusCode.OK);
        return new Place(room, account, guest, own, poll, (await new ChannelClient(room.Http, guest.Channel).SendAsync("the owner's")).Id);
    }

    private static Task LockAsync(Place place, bool locked) => Repeating.ServedAsync(() => place.Owner.EditThreadAsync(place.Thread, new { locked })).ExpectAsync(HttpStatusCode.OK);

    private sealed record Place(Room Owner, Account Account, ChannelClient Guest, Guid Own, Guid Poll, Guid Others)
    {
        public Guid Thread => Guest.Channel;
    }
}
