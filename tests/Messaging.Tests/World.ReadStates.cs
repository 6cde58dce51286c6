using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Chat.Stores;

namespace Chat.Messaging.Tests;

public sealed partial class World
{
    /// <summary>A new room, and somebody who has come into it and reads through replica B.</summary>
    internal async Task<(Room Room, Reader Reader, Account Guest)> ReadRoomAsync()
    {
        var room = await OpenRoomAsync();
        var (reader, guest) = await ReaderAsync(room);
        return (room, reader, guest);
    }

    /// <summary>Somebody who comes into the room and reads through replica B.</summary>
    internal async Task<(Reader Reader, Account Guest)> ReaderAsync(Room room)
    {
        var guest = await PersonAsync("guest");
        await JoinAsync(room, guest);
        return (new Reader(B.CreateClient(guest.Token)), guest);
    }

    /// <summary>A further channel in the room's server, seen by its owner through replica A.</summary>
    internal async Task<Room> AddChannelAsync(Room room, bool isPrivate = false)
    {
        var made = await AsOwnerAsync(room, HttpMethod.Post, "channels", new { name = "more", kind = "text", @private = isPrivate }, HttpStatusCode.Created);
        return new Room(A.CreateClient(room.Owner.Token), made.GetProperty("id").GetGuid(), room.Server, room.Owner);
    }

    /// <summary>A role of the room's server.</summary>
    internal async Task<Guid> AddRoleAsync(Room room, bool mentionable) =>
        (await AsOwnerAsync(room, HttpMethod.Post, "roles", new { name = "role", mentionable }, HttpStatusCode.Created)).GetProperty("id").GetGuid();

    internal Task GiveRoleAsync(Room room, Account person, Guid role) => AsOwnerAsync(room, HttpMethod.Put, $"members/{person.Id}/roles/{role}", null, HttpStatusCode.NoContent);

    internal Task TakeRoleAsync(Room room, Account person, Guid role) => AsOwnerAsync(room, HttpMethod.Delete, $"members/{person.Id}/roles/{role}", null, HttpStatusCode.NoContent);

    /// <summary>The same person with a new token: one lasts five minutes.</summary>
    internal async Task<Account> RenewAsync(Account person)
    {
        using var gateway = Identity.CreateClient(Identity.ServiceToken("identity"));
        using var exchanged = await gateway.PostAsJsonAsync("/internal/sessions/exchange", new { cookie = person.Cookie }, Ending);
        await exchanged.ExpectAsync(HttpStatusCode.OK);
        return person with { Token = (await exchanged.ReadAsync<JsonElement>()).GetProperty("accessToken").GetString() ?? "" };
    }

    /// <summary>Makes a channel private.</summary>
    internal async Task HideAsync(Room channel)
    {
        using var owner = Servers.CreateClient(channel.Owner.Token);
        using var response = await Repeating.ServedAsync(() => owner.PatchAsJsonAsync($"/api/v1/channels/{channel.Channel}", new { @private = true }, Ending));
        await response.ExpectAsync(HttpStatusCode.OK);
    }

    /// <summary>A group of these people, as its rows are.</summary>
    internal async Task<Guid> OpenGroupAsync(params Account[] people)
    {
        var group = Guid.CreateVersion7();
        await Sql.RunAsync(Database, "insert into server_fences (server_id) values ($1)", group);
        await Sql.RunAsync(Database, "insert into channels (id, kind, server_id) values ($1, 2, $1)", group);
        await Sql.RunAsync(Database, "insert into conversations (id, owner, created_at) values ($1, $2, now())", group, people[0].Id);
        foreach (var person in people)
            await AddToGroupAsync(group, person);
        return group;
    }

    /// <summary>Somebody comes into a group after what was said.</summary>
    internal Task AddToGroupAsync(Guid group, Account person) => Sql.RunAsync(
        Database, "insert into conversation_members (conversation, user_id, joined_at, joined_rev) select id, $2, now(), rev from channels where id = $1", group, person.Id);

    /// <summary>What the owner of the room asks of its server.</summary>
    private async Task<JsonElement> AsOwnerAsync(Room room, HttpMethod method, string path, object? body, HttpStatusCode expected)
    {
        using var owner = Servers.CreateClient(room.Owner.Token);
        using var response = await Repeating.ServedAsync(async () =>
        {
            using var request = new HttpRequestMessage(method, $"/api/v1/servers/{room.Server}/{path}") { Content = body is null ? null : JsonContent.Create(body) };
            return await owner.SendAsync(request, Ending);
        });
        await response.ExpectAsync(expected);
        return expected == HttpStatusCode.NoContent ? default : await response.ReadAsync<JsonElement>();
    }
}
