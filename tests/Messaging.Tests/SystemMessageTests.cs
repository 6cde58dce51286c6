using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Chat.Access;
using Chat.Contracts;
using Chat.Messaging.Announcing;
using Chat.Messaging.Messages;
using Chat.Stores;
using MassTransit;
using Microsoft.Extensions.DependencyInjection;

namespace Chat.Messaging.Tests;

/// <summary>What channels say by themselves.</summary>
public sealed class SystemMessageTests(World world)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private static CancellationToken Ending => TestContext.Current.CancellationToken;

    private IBus Bus => world.A.Services.GetRequiredService<IBus>();

    [Fact]
    public async Task Who_joins_is_greeted_once_where_newcomers_are_greeted_also_if_nobody_has_written_there()
    {
        var room = await world.OpenRoomAsync();
        var guest = await world.PersonAsync("guest");
        await world.JoinAsync(room, guest);
        var rev = await world.ServerRevisionAsync(room);
        await Eventually.HoldsAsync("the greeting by name", Patience, async () => (await SaidAsync(room, room.Welcome)) is [var greeting] && UsernameIn(greeting) == guest.Username);

        // Told often and at once, by way of the queue or not.
        var joined = new MemberJoined { Server = room.Server, Rev = rev, User = guest.Id, WelcomeChannel = room.Welcome, At = DateTimeOffset.UtcNow };
        await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => Bus.Publish(joined, Ending)));
        await Task.WhenAll(Enumerable.Range(0, 10).Select(i => GreetAsync(i % 2 == 0 ? world.A : world.B, room, guest.Id, rev)));
        // Whoever comes after that is greeted after that.
        var next = await world.PersonAsync("next");
        await world.JoinAsync(room, next);
        await Eventually.HoldsAsync("the next greeting", Patience, async () => (await SaidAsync(room, room.Welcome)).Exists(greeting => AuthorOf(greeting) == next.Id));

        var said = await SaidAsync(room, room.Welcome);
        Assert.Equal([guest.Id, next.Id], said.Select(AuthorOf));
        Assert.Equal(("member_joined", ""), (said[0].GetProperty("kind").GetString(), said[0].GetProperty("content").GetString()));
        Assert.Empty((await room.HistoryAsync()).Items);
    }

    [Fact]
    public async Task A_second_joining_is_said_again_and_founding_is_not()
    {
        var room = await world.OpenRoomAsync();
        var user = await world.PersonAsync("guest");
        await world.JoinAsync(room, user);
        await GreetAsync(world.A, room, user.Id, await world.ServerRevisionAsync(room));
        Assert.Equal(HttpStatusCode.NoContent, await world.LeaveAsync(room, user));
        await world.JoinAsync(room, user);
        await GreetAsync(world.B, room, user.Id, await world.ServerRevisionAsync(room));

        await Eventually.HoldsAsync("both greetings", Patience, async () => (await SaidAsync(room, room.Welcome)).Count == 2);
        Assert.All(await SaidAsync(room, room.Welcome), said => Assert.Equal(user.Id, AuthorOf(said)));
    }

    [Fact]
    public async Task G4_an_event_from_before_the_fence_brings_no_channel_back()
    {
        var (server, channel) = (Guid.CreateVersion7(), Guid.CreateVersion7());
        await World.FenceAsync(world.A, server, 9);

        await SayAsync(world.A, channel, new ChannelAccess(server, Permissions.ViewChannel, 5), "old");
        Assert.Equal(0, await Sql.ScalarAsync<long>(world.Database, "select count(*) from channels where id = $1", channel));
        await SayAsync(world.A, channel, new ChannelAccess(server, Permissions.ViewChannel, 9), "new");
        Assert.Equal(1, await Sql.ScalarAsync<long>(world.Database, "select count(*) from messages where channel = $1", channel));
        // Where it has one, what somebody lost since matters not.
        await World.FenceAsync(world.A, server, 20);
        await SayAsync(world.B, channel, new ChannelAccess(server, Permissions.ViewChannel, 10), "late");
        Assert.Equal(2, await Sql.ScalarAsync<long>(world.Database, "select count(*) from messages where channel = $1", channel));
    }

    [Fact]
    public async Task Who_is_not_known_by_name_is_greeted_all_the_same_and_named_when_identity_tells()
    {
        var (server, channel, user) = (Guid.CreateVersion7(), Guid.CreateVersion7(), Guid.CreateVersion7());
        await SayAsync(world.A, channel, new ChannelAccess(server, Permissions.ViewChannel, 1), "joined", user);
        Assert.Equal("unknown", await Sql.ScalarAsync<string>(world.Database, "select username from authors where id = $1", user));

        await Bus.Publish(new UserUpdated { User = user, Username = "late", DisplayName = "Late", At = DateTimeOffset.UtcNow }, Ending);
        await Eventually.HoldsAsync("the name", Patience, async () => await Sql.ScalarAsync<string>(world.Database, "select username from authors where id = $1", user) == "late");
    }

    [Fact]
    public async Task Another_name_of_a_channel_is_said_in_it()
    {
        var room = await world.OpenRoomAsync();
        await room.SendAsync("first");
        // Another change of it is not said.
        await world.SetSlowModeAsync(room, 5);
        using var owner = world.ServersClient(room.Owner);
        using var renamed = await owner.PatchAsJsonAsync($"/api/v1/channels/{room.Channel}", new { name = "after" }, Ending);
        await renamed.ExpectAsync(HttpStatusCode.OK);

        await Eventually.HoldsAsync("it is said", Patience, async () => (await SaidAsync(room, room.Channel)).Count > 1);

        var said = (await SaidAsync(room, room.Channel))[1];
        Assert.Equal(("channel_renamed", "after", "room"), (
            said.GetProperty("kind").GetString(), said.GetProperty("system").GetProperty("name").GetString(), said.GetProperty("system").GetProperty("before").GetString()));
        Assert.Equal(2, (await room.ChangesAsync(0)).Rev);
    }

    [Fact]
    public async Task A_call_that_began_is_said_once()
    {
        var room = await world.OpenRoomAsync();
        var call = new CallStarted { Channel = room.Channel, Call = Guid.CreateVersion7(), By = room.Owner.Id, At = DateTimeOffset.UtcNow };
        var next = call with { Call = Guid.CreateVersion7() };

        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Bus.Publish(call, Ending)));
        await Bus.Publish(next, Ending);

        await Eventually.HoldsAsync("both are said", Patience, async () => (await SaidAsync(room, room.Channel)).Select(CallOf).ToHashSet().SetEquals([call.Call, next.Call]));
        var said = await SaidAsync(room, room.Channel);
        Assert.Equal(2, said.Count);
        Assert.All(said, one => Assert.Equal("call_started", one.GetProperty("kind").GetString()));

        static Guid CallOf(JsonElement message) => message.GetProperty("system").GetProperty("call").GetGuid();
    }

    [Fact]
    public async Task A_system_message_is_not_edited_and_deleted_only_by_who_manages_messages()
    {
        var room = await world.OpenRoomAsync();
        var account = await world.PersonAsync("guest");
        await world.JoinAsync(room, account);
        await GreetAsync(world.A, room, account.Id, await world.ServerRevisionAsync(room));
        var message = (await SaidAsync(room, room.Welcome))[0].GetProperty("id").GetGuid();
        using var guest = world.B.CreateClient(account.Token);
        var place = $"/api/v1/channels/{room.Welcome}/messages/{message}";

        using var edited = await guest.PatchAsJsonAsync(place, new { content = "mine" }, Ending);
        await edited.ExpectProblemAsync(HttpStatusCode.Forbidden, "not_author");
        using var refused = await guest.DeleteAsync(place, Ending);
        await refused.ExpectProblemAsync(HttpStatusCode.Forbidden, "missing_permission");
        using var deleted = await room.Http.DeleteAsync(place, Ending);
        await deleted.ExpectAsync(HttpStatusCode.NoContent);
    }

    private static Guid AuthorOf(JsonElement message) => message.GetProperty("author").GetProperty("id").GetGuid();

    private static string? UsernameIn(JsonElement message) => message.GetProperty("author").GetProperty("username").GetString();

    private static async Task<List<JsonElement>> SaidAsync(Room room, Guid channel)
    {
        var page = await room.Http.GetFromJsonAsync<JsonElement>($"/api/v1/channels/{channel}/messages", Ending);
        return [.. page.GetProperty("items").EnumerateArray()];
    }

    private static Task GreetAsync(RunningService<MessagingService> replica, Room room, Guid user, long rev) => SayAsync(
        replica, room.Welcome, new ChannelAccess(room.Server, Permissions.ViewChannel, rev), $"joined {room.Server:N} {rev}", user);

    private static async Task SayAsync(RunningService<MessagingService> replica, Guid channel, ChannelAccess place, string nonce, Guid? by = null)
    {
        await using var scope = replica.Services.CreateAsyncScope();
        await scope.ServiceProvider.GetRequiredService<SystemMessages>().SayAsync(channel, place, MessageKind.MemberJoined, by ?? Sample.Author.Id, new SystemNote(), nonce, Ending);
    }
}
