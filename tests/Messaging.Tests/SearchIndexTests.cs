using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Chat.Messaging.Deleting;
using Chat.Stores;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace Chat.Messaging.Tests;

/// <summary>What search answers while its index is behind, and what is left of a channel in it.</summary>
public sealed class SearchIndexTests(World world)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private static CancellationToken Ending => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_page_of_what_was_deleted_a_moment_ago_is_not_taken_for_the_last()
    {
        var (room, database) = (await world.OpenRoomAsync(), await world.CreateDatabaseAsync());
        await using var replica = world.Start(database);
        var client = new ChannelClient(replica.CreateClient(room.Owner.Token), room.Channel);
        var sent = new List<MessageView>();
        for (var i = 1; i <= 5; i++)
            sent.Add(await client.SendAsync($"heron {i}"));
        await Eventually.HoldsAsync("all are found", Patience, async () => (await PagesAsync(client, 5))[0].Length == 5);
        await using var held = new NpgsqlConnection(database);
        await held.OpenAsync(Ending);
        await Sql.RunAsync(held, "begin");
        await Sql.RunAsync(held, "lock table message_search in share mode");
        using var deletion = await client.Http.PostAsJsonAsync($"{client.Messages}/bulk-delete", new { messages = new[] { sent[4].Id, sent[3].Id } }, Ending);
        await deletion.ExpectAsync(HttpStatusCode.NoContent);

        var pages = await PagesAsync(client, 2);

        Assert.Equal(["", "heron 3,heron 2", "heron 1"], pages.Select(page => string.Join(',', page)));
    }

    [Fact]
    public async Task Nothing_of_a_removed_channel_stays_in_the_index_though_it_was_being_written_just_then()
    {
        const long Gate = 0x676174;
        var (room, database) = (await world.OpenRoomAsync(), await world.CreateDatabaseAsync());
        await using var replica = world.Start(database);
        var client = new ChannelClient(replica.CreateClient(room.Owner.Token), room.Channel);
        await Sql.RunAsync(
            database,
            $"""
            create function wait_at_gate() returns trigger language plpgsql as $$ begin perform pg_advisory_xact_lock_shared({Gate}); return new; end $$;
            create trigger wait_at_gate before insert on message_search for each row execute function wait_at_gate();
            """);
        await using var held = new NpgsqlConnection(database);
        await held.OpenAsync(Ending);
        await Sql.RunAsync(held, "select pg_advisory_lock($1)", Gate);
        await client.SendAsync("stork");
        await WaitingAsync(held, 1);

        await using var scope = replica.Services.CreateAsyncScope();
        var removal = scope.ServiceProvider.GetRequiredService<ChannelRemoval>().RemoveChannelAsync(room.Server, 1000, room.Channel, Ending);
        await Task.WhenAny(removal, WaitingAsync(held, 2));
        await Sql.RunAsync(held, "select pg_advisory_unlock($1)", Gate);
        await removal;

        await Eventually.HoldsAsync("nobody writes any more", Patience, async () =>
            await Sql.ScalarAsync<long>(held, "select count(*) from pg_locks where locktype = 'advisory' and objid = $1 and classid = 0 and mode = 'ShareLock'", Gate) == 0);
        // Of this channel: who joins other tests' servers is welcomed in this database too.
        Assert.Equal(0, await Sql.ScalarAsync<long>(
            database,
            "select (select count(*) from message_search where channel = $1) + (select count(*) from search_progress where channel = $1) + (select count(*) from messages where channel = $1)",
            room.Channel));
    }

    [Fact]
    public async Task In_means_threads_too_and_narrows_one_channel()
    {
        var room = await world.OpenRoomAsync();
        var thread = await room.ThreadAsync();
        await room.SendAsync("avocet outside");
        await thread.SendAsync("avocet inside");
        async Task<string> FoundAsync(string query) =>
            string.Join('|', Contents(await room.Http.JsonAsync($"/api/v1/search?{query}")));
        await Eventually.HoldsAsync("both are found", Patience, async () => await FoundAsync($"q=avocet&channel={room.Channel}") == "avocet inside|avocet outside");

        Assert.Equal("avocet inside", await FoundAsync($"q=avocet%20in:{thread.Channel}"));
        Assert.Equal("avocet inside", await FoundAsync($"q=avocet%20in:{thread.Channel}&server={room.Server}"));
        Assert.Equal("avocet inside|avocet outside", await FoundAsync($"q=avocet%20in:{room.Channel}&server={room.Server}"));
        Assert.Equal("avocet inside", await FoundAsync($"q=avocet%20in:{thread.Channel}&channel={room.Channel}"));
        Assert.Equal("avocet inside|avocet outside", await FoundAsync($"q=avocet%20in:room&channel={room.Channel}"));
        Assert.Equal("", await FoundAsync($"q=avocet%20in:elsewhere&channel={room.Channel}"));

        var stranger = await world.OpenRoomAsync();
        Assert.Empty(Contents(await stranger.Http.JsonAsync($"/api/v1/search?q=avocet%20in:{thread.Channel}")));
    }

    private static async Task<List<string?[]>> PagesAsync(ChannelClient client, int limit)
    {
        var pages = new List<string?[]>();
        var cursor = "";
        do
        {
            var page = await client.Http.JsonAsync($"/api/v1/search?channel={client.Channel}&q=heron&limit={limit}{cursor}");
            pages.Add([.. Contents(page)]);
            cursor = page.TryGetProperty("next", out var next) ? $"&cursor={next.GetString()}" : "";
        }
        while (cursor.Length > 0);
        return pages;
    }

    private static IEnumerable<string?> Contents(JsonElement page) => page.GetProperty("items").EnumerateArray().Select(hit => hit.GetProperty("message").GetProperty("content").GetString());

    private static Task WaitingAsync(NpgsqlConnection connection, int sessions) => Eventually.HoldsAsync($"{sessions} wait", Patience, async () =>
        await Sql.ScalarAsync<long>(
            connection, "select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock' and query not like '%migrat%'") >= sessions);
}
