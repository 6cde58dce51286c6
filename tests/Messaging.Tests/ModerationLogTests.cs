using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Chat.Contracts;
using Chat.Stores;

namespace Chat.Messaging.Tests;

/// <summary>What moderators do to messages stands in the audit log of the server.</summary>
public sealed class ModerationLogTests(World world)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private static CancellationToken Ending => TestContext.Current.CancellationToken;

    public static TheoryData<string, string> BadReasons => new()
    {
        { new string('x', 513), "too_long" },
        { "a%00b", "invalid_characters" },
        { "%FF%FE", "invalid_characters" },
    };

    [Fact]
    public async Task A_message_that_somebody_else_deletes_stands_in_the_log_once_without_what_it_said()
    {
        var room = await world.OpenRoomAsync();
        var guest = await world.JoinAsync(room);
        var (own, theirs) = (await room.SendAsync("mine"), await guest.SendAsync("secret words"));
        await DoAsync(guest, HttpMethod.Delete, $"{guest.Messages}/{(await guest.SendAsync("regretted")).Id}");
        await DoAsync(room, HttpMethod.Delete, $"{room.Messages}/{own.Id}");

        // Three times: the second and third find it deleted.
        for (var i = 0; i < 3; i++)
            await DoAsync(room, HttpMethod.Delete, $"{room.Messages}/{theirs.Id}", reason: "sp%C3%A4m");

        await room.PinAsync((await room.SendAsync("last")).Id).ExpectAsync(HttpStatusCode.NoContent);
        await LogAsync(room, "message.deleted", 1);
        var log = await LogAsync(room, "message.pinned", 1);
        Assert.Equal(["message.pinned", "message.deleted"], log.Select(entry => entry.GetProperty("action").GetString()));
        var (entry, guestId) = (log[1], theirs.Author.Id);
        Assert.Equal((room.Owner.Id, guestId, "späm"), (entry.GetProperty("actor").GetProperty("id").GetGuid(), entry.GetProperty("target").GetGuid(), entry.GetProperty("reason").GetString()));
        var before = entry.GetProperty("before");
        Assert.Equal((room.Channel, theirs.Id, 1), (before.GetProperty("channel").GetGuid(), before.GetProperty("message").GetGuid(), before.GetProperty("count").GetInt32()));
        Assert.False(before.TryGetProperty("thread", out _));
        Assert.False(entry.TryGetProperty("after", out _));
        Assert.DoesNotContain("secret", entry.GetRawText(), StringComparison.Ordinal);
        Assert.Single(await world.AuditLogAsync(room, $"target={guestId}"));
        Assert.Single(await world.AuditLogAsync(room, "action=message.deleted"));
    }

    [Fact]
    public async Task Messages_that_are_deleted_at_once_are_one_entry_with_their_number()
    {
        var room = await world.OpenRoomAsync();
        var (ann, ben) = (await world.JoinAsync(room), await world.JoinAsync(room));
        var (own, one, two, three) = (await room.SendAsync("own"), await ann.SendAsync("one"), await ben.SendAsync("two"), await ann.SendAsync("three"));
        var gone = await ann.SendAsync("gone");
        await DoAsync(ann, HttpMethod.Delete, $"{ann.Messages}/{gone.Id}");
        await DoAsync(room, HttpMethod.Post, $"{room.Messages}/bulk-delete", new { messages = new[] { (await room.SendAsync("only mine")).Id } });

        for (var i = 0; i < 2; i++)
            await DoAsync(room, HttpMethod.Post, $"{room.Messages}/bulk-delete", new { messages = new[] { own.Id, one.Id, two.Id, three.Id, gone.Id } }, "raid");

        var entry = Assert.Single(await LogAsync(room, "message.bulk_deleted", 1));
        Assert.Equal((room.Channel, "raid"), (entry.GetProperty("target").GetGuid(), entry.GetProperty("reason").GetString()));
        var before = entry.GetProperty("before");
        Assert.Equal((room.Channel, 4), (before.GetProperty("channel").GetGuid(), before.GetProperty("count").GetInt32()));
        Assert.Equal([room.Owner.Id, one.Author.Id, two.Author.Id], before.GetProperty("authors").EnumerateArray().Select(author => author.GetGuid()));
    }

    [Fact]
    public async Task Pinning_and_unpinning_stand_in_the_log_also_of_a_thread()
    {
        var room = await world.OpenRoomAsync();
        var guest = await world.JoinAsync(room);
        var message = await guest.SendAsync("keep");
        using var opened = await room.Http.PostAsJsonAsync($"{room.Messages}/{message.Id}/thread", new { name = "About it" }, Ending);
        await opened.ExpectAsync(HttpStatusCode.Created);
        var thread = (await opened.ReadAsync<JsonElement>()).GetProperty("id").GetGuid();
        var inThread = new ChannelClient(room.Http, thread);
        var reply = await inThread.SendAsync("reply");

        await DoAsync(room, HttpMethod.Put, $"{room.Pins()}/{message.Id}", reason: "rules");
        await DoAsync(room, HttpMethod.Delete, $"{room.Pins()}/{message.Id}");
        await DoAsync(inThread, HttpMethod.Put, $"{inThread.Pins()}/{reply.Id}");

        await LogAsync(room, "message.unpinned", 1);
        var log = await LogAsync(room, "message.pinned", 2);
        Assert.Equal(["message.pinned", "message.unpinned", "message.pinned"], log.Select(entry => entry.GetProperty("action").GetString()));
        var (first, later) = (log[2].GetProperty("after"), log[0].GetProperty("after"));
        Assert.Equal((room.Channel, message.Id), (first.GetProperty("channel").GetGuid(), first.GetProperty("message").GetGuid()));
        Assert.Equal((message.Author.Id, "rules"), (log[2].GetProperty("target").GetGuid(), log[2].GetProperty("reason").GetString()));
        Assert.Equal(message.Id, log[1].GetProperty("before").GetProperty("message").GetGuid());
        Assert.Equal((room.Channel, thread, reply.Id), (later.GetProperty("channel").GetGuid(), later.GetProperty("thread").GetGuid(), later.GetProperty("message").GetGuid()));
    }

    [Fact]
    public async Task Reactions_of_others_that_are_removed_stand_in_the_log_with_whose_and_how_many()
    {
        var room = await world.OpenRoomAsync();
        var (ann, ben) = (await world.JoinAsync(room), await world.JoinAsync(room));
        var message = await ann.SendAsync("secret words");
        foreach (var (client, emoji) in new (ChannelClient, string)[] { (ann, "😀"), (ben, "😀"), (room, "😀"), (ann, "🎉"), (ben, "👀"), (room, "🦊") })
            await client.ReactAsync(message.Id, emoji).ExpectAsync(HttpStatusCode.OK);
        var benId = (await ben.SendAsync("here")).Author.Id;

        // One's own is nobody else's business, and the second time there is nothing left to do.
        await DoAsync(ben, HttpMethod.Delete, ben.Reactions(message.Id, "👀"), status: HttpStatusCode.OK);
        await DoAsync(room, HttpMethod.Delete, $"{room.Messages}/{message.Id}/reactions?emoji={Uri.EscapeDataString("🦊")}", status: HttpStatusCode.OK);
        for (var i = 0; i < 2; i++)
        {
            await DoAsync(room, HttpMethod.Delete, $"{room.Reactions(message.Id, "😀")}/{benId}", reason: "rude", status: HttpStatusCode.OK);
            await DoAsync(room, HttpMethod.Delete, $"{room.Messages}/{message.Id}/reactions?emoji={Uri.EscapeDataString("😀")}", status: HttpStatusCode.OK);
            await DoAsync(room, HttpMethod.Delete, $"{room.Messages}/{message.Id}/reactions", status: HttpStatusCode.OK);
        }

        await LogAsync(room, "message.reactions_removed", 3);
        await room.PinAsync(message.Id).ExpectAsync(HttpStatusCode.NoContent);
        var log = await LogAsync(room, "message.pinned", 1);
        Assert.Equal(["message.pinned", .. Enumerable.Repeat("message.reactions_removed", 3)], log.Select(entry => entry.GetProperty("action").GetString()));
        var (all, kind, one) = (log[1].GetProperty("before"), log[2].GetProperty("before"), log[3].GetProperty("before"));
        Assert.Equal((benId, "rude", room.Owner.Id), (log[3].GetProperty("target").GetGuid(), log[3].GetProperty("reason").GetString(), log[3].GetProperty("actor").GetProperty("id").GetGuid()));
        Assert.Equal((room.Channel, message.Id, message.Author.Id), (one.GetProperty("channel").GetGuid(), one.GetProperty("message").GetGuid(), one.GetProperty("author").GetGuid()));
        Assert.Equal(("😀", benId, 1), (one.GetProperty("emoji").GetString(), one.GetProperty("user").GetGuid(), one.GetProperty("count").GetInt32()));
        Assert.Equal((message.Author.Id, message.Author.Id), (log[2].GetProperty("target").GetGuid(), log[1].GetProperty("target").GetGuid()));
        Assert.Equal(("😀", 2, false), (kind.GetProperty("emoji").GetString(), kind.GetProperty("count").GetInt32(), kind.TryGetProperty("user", out _)));
        Assert.Equal((1, false), (all.GetProperty("count").GetInt32(), all.TryGetProperty("emoji", out _)));
        Assert.DoesNotContain("secret", string.Concat(log.Select(entry => entry.GetRawText())), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_poll_of_somebody_else_that_is_closed_stands_in_the_log_and_ones_own_does_not()
    {
        var room = await world.OpenRoomAsync();
        var guest = await world.JoinAsync(room);
        var (own, theirs, closed) = (await room.AskAsync(), await guest.AskAsync(), await guest.AskAsync());
        await guest.CloseAsync(closed).ExpectAsync(HttpStatusCode.OK);
        await room.CloseAsync(own).ExpectAsync(HttpStatusCode.OK);
        await room.CloseAsync(closed).ExpectAsync(HttpStatusCode.OK);
        for (var i = 0; i < 2; i++)
            await DoAsync(room, HttpMethod.Post, $"{room.Messages}/{theirs}/poll/close", reason: "enough", status: HttpStatusCode.OK);
        await room.PinAsync(theirs).ExpectAsync(HttpStatusCode.NoContent);

        await LogAsync(room, "message.pinned", 1);
        var log = await LogAsync(room, "message.poll_closed", 1);
        Assert.Equal(["message.pinned", "message.poll_closed"], log.Select(entry => entry.GetProperty("action").GetString()));
        Assert.Equal((theirs, "enough"), (log[1].GetProperty("after").GetProperty("message").GetGuid(), log[1].GetProperty("reason").GetString()));
        Assert.Equal((await guest.SendAsync("me")).Author.Id, log[1].GetProperty("target").GetGuid());
    }

    [Fact]
    public async Task Renaming_locking_unlocking_and_deleting_a_thread_stand_in_the_log()
    {
        var room = await world.OpenRoomAsync();
        var guest = await world.JoinAsync(room);
        var thread = await guest.ThreadAsync("Lunch");
        var view = await room.FindThreadAsync(thread.Channel);
        var path = $"/api/v1/threads/{thread.Channel}";

        // What is locked already is not locked again; rest, and the name of one's own thread, are no matter of moderators.
        await guest.EditThreadAsync(thread.Channel, new { name = "Tea" }).ExpectAsync(HttpStatusCode.OK);
        await DoAsync(room, HttpMethod.Patch, path, new { locked = true, name = "Dinner" }, "heated", HttpStatusCode.OK);
        await DoAsync(room, HttpMethod.Patch, path, new { locked = true, archived = true }, status: HttpStatusCode.OK);
        await DoAsync(room, HttpMethod.Patch, path, new { locked = false }, status: HttpStatusCode.OK);
        await DoAsync(room, HttpMethod.Delete, path, reason: "over");

        var renamed = (await LogAsync(room, "thread.renamed", 1)).Single(entry => entry.GetProperty("action").GetString() == "thread.renamed");
        await LogAsync(room, "thread.locked", 1);
        await LogAsync(room, "thread.unlocked", 1);
        var log = await LogAsync(room, "thread.deleted", 1);
        // Two of one moment have no order.
        log.RemoveAll(entry => entry.GetProperty("action").GetString() == "thread.renamed");
        Assert.Equal(["thread.deleted", "thread.unlocked", "thread.locked"], log.Select(entry => entry.GetProperty("action").GetString()));
        Assert.All(log, entry => Assert.Equal((thread.Channel, room.Owner.Id), (entry.GetProperty("target").GetGuid(), entry.GetProperty("actor").GetProperty("id").GetGuid())));
        Assert.Equal(("over", "heated"), (log[0].GetProperty("reason").GetString(), log[2].GetProperty("reason").GetString()));
        var (gone, locked) = (log[0].GetProperty("before"), log[2].GetProperty("after"));
        Assert.Equal((room.Channel, thread.Channel, view.Message), (gone.GetProperty("channel").GetGuid(), gone.GetProperty("thread").GetGuid(), gone.GetProperty("message").GetGuid()));
        Assert.Equal((view.Creator, "Dinner"), (gone.GetProperty("creator").GetGuid(), gone.GetProperty("name").GetString()));
        Assert.Equal("Dinner", locked.GetProperty("name").GetString());
        Assert.True(log[1].TryGetProperty("before", out _));
        Assert.Equal(("Tea", "Dinner"), (renamed.GetProperty("before").GetProperty("name").GetString(), renamed.GetProperty("after").GetProperty("name").GetString()));
    }

    [Fact]
    public async Task Nothing_is_told_of_conversations_nor_of_what_was_refused()
    {
        var (ann, ben) = (await world.PersonAsync("ann"), await world.PersonAsync("ben"));
        await using var heard = await EventQueue.OpenAsync(world.RabbitMq, nameof(MessagesModerated));
        using var http = world.A.CreateClient(ann.Token);
        using var started = await http.PostAsJsonAsync("/api/v1/conversations", new { users = new[] { ben.Id } }, Ending);
        await started.ExpectAsync(HttpStatusCode.Created);
        var conversation = new ChannelClient(http, (await started.ReadAsync<JsonElement>()).GetProperty("id").GetGuid());
        // Who asks to talk pins nothing before the other agrees.
        using var other = world.B.CreateClient(ben.Token);
        await other.PutAsync($"/api/v1/conversations/{conversation.Channel}/request", null, Ending).ExpectAsync(HttpStatusCode.OK);
        await DoAsync(conversation, HttpMethod.Put, $"{conversation.Pins()}/{(await conversation.SendAsync("keep")).Id}");
        var room = await world.OpenRoomAsync();
        var guest = await world.JoinAsync(room);
        var message = await room.SendAsync("stays");
        await guest.DeleteAsync(message.Id).ExpectProblemAsync(HttpStatusCode.Forbidden, "missing_permission");
        await guest.PinAsync(message.Id).ExpectProblemAsync(HttpStatusCode.Forbidden, "missing_permission");

        await room.PinAsync(message.Id).ExpectAsync(HttpStatusCode.NoContent);

        var told = new List<JsonElement>();
        Guid[] people = [ann.Id, room.Owner.Id];
        await Eventually.HoldsAsync("the pin is told", Patience, async () =>
        {
            told.AddRange(await heard.TakeBodiesAsync(body => people.Contains(body.GetProperty("by").GetGuid())));
            return told.Count > 0;
        });
        Assert.Equal(room.Server, Assert.Single(told).GetProperty("server").GetGuid());
        Assert.Equal(["message.pinned"], (await LogAsync(room, "message.pinned", 1)).Select(entry => entry.GetProperty("action").GetString()));
    }

    [Theory, MemberData(nameof(BadReasons))]
    public async Task A_bad_reason_is_refused_and_nothing_is_done(string reason, string code)
    {
        var room = await world.OpenRoomAsync();
        var message = (await room.SendAsync("stays")).Id;
        await room.PinAsync((await room.SendAsync("pinned")).Id).ExpectAsync(HttpStatusCode.NoContent);
        var pinned = (await room.Http.JsonAsync(room.Pins())).GetProperty("items")[0].GetProperty("id").GetGuid();
        var guest = await world.JoinAsync(room);
        var (poll, thread) = (await guest.AskAsync(), await guest.ThreadAsync());
        await guest.ReactAsync(message, "😀").ExpectAsync(HttpStatusCode.OK);
        var guestId = (await guest.SendAsync("me")).Author.Id;
        var rev = await room.RevAsync();

        foreach (var (method, path, body) in new (HttpMethod, string, object?)[]
        {
            (HttpMethod.Delete, $"{room.Messages}/{message}", null),
            (HttpMethod.Post, $"{room.Messages}/bulk-delete", new { messages = new[] { message } }),
            (HttpMethod.Put, $"{room.Pins()}/{message}", null),
            (HttpMethod.Delete, $"{room.Pins()}/{pinned}", null),
            (HttpMethod.Delete, $"{room.Reactions(message, "😀")}/{guestId}", null),
            (HttpMethod.Delete, $"{room.Messages}/{message}/reactions", null),
            (HttpMethod.Post, $"{room.Messages}/{poll}/poll/close", null),
            (HttpMethod.Patch, $"/api/v1/threads/{thread.Channel}", new { locked = true }),
            (HttpMethod.Delete, $"/api/v1/threads/{thread.Channel}", null),
        })
        {
            using var response = await SendAsync(room, method, path, body, reason);
            await response.ExpectFieldErrorAsync("X-Audit-Reason", code);
        }

        Assert.Equal(rev, await room.RevAsync());
    }

    /// <summary>What the log says of messages and threads, once it has so many entries of an action.</summary>
    private async Task<List<JsonElement>> LogAsync(Room room, string action, int count)
    {
        await Eventually.HoldsAsync($"{count} {action}", Patience, async () => (await world.AuditLogAsync(room, $"action={action}")).Count >= count);
        return (await world.AuditLogAsync(room)).FindAll(entry => entry.GetProperty("action").GetString() is { } told
            && (told.StartsWith("message.", StringComparison.Ordinal) || told.StartsWith("thread.", StringComparison.Ordinal)));
    }

    private static async Task DoAsync(ChannelClient client, HttpMethod method, string path, object? body = null, string? reason = null, HttpStatusCode status = HttpStatusCode.NoContent)
    {
        using var response = await SendAsync(client, method, path, body, reason);
        await response.ExpectAsync(status);
    }

    private static async Task<HttpResponseMessage> SendAsync(ChannelClient client, HttpMethod method, string path, object? body, string? reason)
    {
        using var request = new HttpRequestMessage(method, path) { Content = body is null ? null : JsonContent.Create(body) };
        if (reason is not null)
            request.Headers.TryAddWithoutValidation("X-Audit-Reason", reason);
        return await client.Http.SendAsync(request, Ending);
    }
}
