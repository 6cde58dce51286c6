using System.Net;
using System.Net.Http.Json;
using Chat.Stores;

namespace Chat.Messaging.Tests;

/// <summary>An archived server is there to be read.</summary>
public sealed class ArchivedServerTests(World world)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);

    private static CancellationToken Ending => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Nobody_does_anything_in_its_channels_and_threads_not_even_its_owner(bool inThread)
    {
        var room = await world.OpenRoomAsync();
        ChannelClient client = inThread ? await room.ThreadAsync() : room;
        var (own, poll) = ((await client.SendAsync("mine")).Id, await client.AskAsync());
        await client.VoteAsync(poll, 0).ExpectAsync(HttpStatusCode.OK);
        await world.ArchiveAsync(room, archived: true);
        var rev = await client.RevAsync();

        (string What, Func<Task<HttpResponseMessage>> Act)[] acts =
        [
            ("sends", () => client.PostAsync(new { content = "more", nonce = "more" })),
            ("edits", () => client.EditAsync(own, "changed")),
            ("reacts", () => client.ReactAsync(own, "🎉")),
            ("clears", () => client.ClearAsync(own)),
            ("votes", () => client.VoteAsync(poll, 1)),
            ("closes", () => client.CloseAsync(poll)),
            ("pins", () => client.PinAsync(own)),
            ("unpins", () => client.UnpinAsync(own)),
            ("deletes many", () => client.Http.PostAsJsonAsync($"{client.Messages}/bulk-delete", new { messages = new[] { own } }, Ending)),
            ("schedules", () => client.PostLaterAsync("later", ScheduledCalls.InADay)),
            .. inThread
                ? new (string, Func<Task<HttpResponseMessage>>)[]
                {
                    ("renames", () => client.EditThreadAsync(client.Channel, new { name = "renamed" })),
                    ("locks", () => client.EditThreadAsync(client.Channel, new { locked = true })),
                    ("archives", () => client.EditThreadAsync(client.Channel, new { archived = true })),
                    ("deletes the thread", () => client.DeleteThreadAsync(client.Channel)),
                }
                : [("opens a thread", () => client.OpenThreadAsync(own, new { name = "new" }))],
        ];
        foreach (var (what, act) in acts)
        {
            using var refused = await act();
            Assert.True(refused.StatusCode == HttpStatusCode.Forbidden, $"{what} was answered {(int)refused.StatusCode}.");
            await refused.ExpectProblemAsync(HttpStatusCode.Forbidden, "missing_permission");
        }

        Assert.Equal(rev, await client.RevAsync());
        await world.ArchiveAsync(room, archived: false);
        await client.SendAsync("again");
    }

    [Fact]
    public async Task What_is_one_s_own_can_be_read_and_taken_back()
    {
        var room = await world.OpenRoomAsync();
        var guest = await world.JoinAsync(room);
        var (own, others) = ((await guest.SendAsync("mine")).Id, (await room.SendAsync("theirs")).Id);
        await guest.ReactAsync(others, "❤").ExpectAsync(HttpStatusCode.OK);
        await world.ArchiveAsync(room, archived: true);

        Assert.Equal("", (await guest.UnreactAsync(others, "❤").OkAsync()).ReactionsOf());
        await guest.DeleteAsync(own).ExpectAsync(HttpStatusCode.NoContent);
        await guest.DeleteAsync(others).ExpectProblemAsync(HttpStatusCode.Forbidden, "missing_permission");
        await room.DeleteAsync(own).ExpectProblemAsync(HttpStatusCode.Forbidden, "missing_permission");
        await guest.Http.PutAsJsonAsync($"/api/v1/channels/{room.Channel}/draft", new { content = "for later" }, Ending).ExpectAsync(HttpStatusCode.OK);
        await guest.Http.PutAsJsonAsync($"/api/v1/channels/{room.Channel}/read", new { seq = 1 }, Ending).ExpectAsync(HttpStatusCode.OK);
        Assert.Equal(["", "theirs"], (await guest.HistoryAsync()).Items.Select(message => message.Content));
    }

    [Fact]
    public async Task G4_of_a_hundred_edits_that_race_with_the_archiving_none_is_made_after_its_answer()
    {
        var room = await world.OpenRoomAsync();
        var guest = await world.JoinAsync(room);
        var own = (await guest.SendAsync("mine")).Id;
        var made = 0;
        var editors = Enumerable.Range(0, 100).Select(async editor =>
        {
            for (var i = 0; ; i++)
            {
                using var answer = await Repeating.ServedAsync(() => guest.EditAsync(own, $"{editor} {i}"));
                if (answer.StatusCode == HttpStatusCode.Forbidden)
                {
                    await answer.ExpectProblemAsync(HttpStatusCode.Forbidden, "missing_permission");
                    return;
                }

                await answer.ExpectAsync(HttpStatusCode.OK);
                Interlocked.Increment(ref made);
            }
        }).ToArray();
        await Eventually.HoldsAsync("edits are under way", Patience, () => Task.FromResult(Volatile.Read(ref made) > 100));

        await world.ArchiveAsync(room, archived: true);
        var rev = await room.RevAsync();
        await Task.WhenAll(editors).WaitAsync(Patience, Ending);

        Assert.Equal(rev, await room.RevAsync());
    }
}
