using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Chat.Access;
using Chat.Messaging.Mentioning;
using Chat.Messaging.ReadStates;
using Chat.Stores;
using Npgsql;

namespace Chat.Messaging.Tests;

/// <summary>The messages that mention somebody, over all that they see.</summary>
public sealed class MentionInboxTests(World world)
{
    private static CancellationToken Ending => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_inbox_has_every_way_of_being_mentioned_over_servers_and_conversations_newest_first()
    {
        var (room, reader, guest) = await world.ReadRoomAsync();
        var other = await world.OpenRoomAsync();
        await world.JoinAsync(other, guest);
        var role = await world.AddRoleAsync(other, mentionable: true);
        await world.GiveRoleAsync(other, guest, role);
        var group = new ChannelClient(world.A.CreateClient(room.Owner.Token), await world.OpenGroupAsync(room.Owner, guest));
        var sent = new List<(MessageView Message, Guid? Server, string Kind)>
        {
            (await room.SendAsync($"you <@{guest.Id}> and @everyone"), room.Server, "user"),
            (await other.SendAsync($"<@&{role}> @here"), other.Server, "role"),
            (await room.SendAsync("@everyone @here"), room.Server, "everyone"),
            (await group.SendAsync("@here"), null, "here"),
            (await group.SendAsync($"<@{guest.Id}>"), null, "user"),
        };
        await room.SendAsync("nobody, not even `@everyone`");
        await ClientOf(guest, room).SendAsync($"me <@{guest.Id}>");
        sent.Reverse();

        var all = (await reader.MentionsAsync()).Items;

        Assert.Equal(sent.ConvertAll(one => (one.Message, one.Server, one.Kind)), all.Select(item => (item.Message, item.Server, item.Kind)));
        Assert.Equal(["everyone", "user"], (await reader.MentionsAsync($"?server={room.Server}")).Items.Select(item => item.Kind));
        Assert.Empty((await reader.MentionsAsync($"?server={Guid.CreateVersion7()}")).Items);
    }

    [Fact]
    public async Task It_comes_in_pages_in_which_nothing_is_missing_or_twice()
    {
        var (room, reader, guest) = await world.ReadRoomAsync();
        var sent = new List<Guid>();
        for (var i = 0; i < 7; i++)
            sent.Insert(0, (await room.SendAsync(i % 2 == 0 ? $"<@{guest.Id}> @everyone" : "@here")).Id);

        var listed = new List<Guid>();
        for (string? next = ""; next is not null;)
        {
            var page = await reader.MentionsAsync($"?limit=3{next}");
            listed.AddRange(page.Items.Select(item => item.Message.Id));
            next = page.Next is null ? null : $"&cursor={page.Next}";
        }

        Assert.Equal(sent, listed);
    }

    [Fact]
    public async Task Edits_and_deletions_change_what_is_in_it()
    {
        var (room, reader, guest) = await world.ReadRoomAsync();
        var messages = new List<MessageView>();
        foreach (var text in new[] { $"deleted <@{guest.Id}>", $"edited away <@{guest.Id}>", "edited to" })
            messages.Add(await room.SendAsync(text));
        using (var deleted = await room.Http.DeleteAsync(new Uri($"{room.Messages}/{messages[0].Id}", UriKind.Relative), Ending))
            await deleted.ExpectAsync(HttpStatusCode.NoContent);
        await EditAsync(room, messages[1], "nobody");
        await EditAsync(room, messages[2], $"<@{guest.Id}>");

        Assert.Equal(messages[2].Id, Assert.Single((await reader.MentionsAsync()).Items).Message.Id);
        Assert.Equal(1, (await reader.StateAsync(room.Channel)).Mentions);
    }

    [Fact]
    public async Task Everybody_and_roles_mean_those_who_are_there_and_hold_the_role()
    {
        var room = await world.OpenRoomAsync();
        var role = await world.AddRoleAsync(room, mentionable: true);
        await room.SendAsync($"before <@&{role}> @everyone");
        var (reader, guest) = await world.ReaderAsync(room);
        var since = await room.SendAsync($"since <@&{role}>");
        Assert.Empty((await reader.MentionsAsync()).Items);
        Assert.Equal(0, (await reader.StateAsync(room.Channel)).Mentions);

        await world.GiveRoleAsync(room, guest, role);
        var found = Assert.Single((await reader.MentionsAsync()).Items);
        Assert.Equal((since.Id, "role"), (found.Message.Id, found.Kind));
        Assert.Equal(1, (await reader.StateAsync(room.Channel)).Mentions);

        await world.TakeRoleAsync(room, guest, role);
        Assert.Empty((await reader.MentionsAsync()).Items);
        Assert.Equal(0, (await reader.StateAsync(room.Channel)).Mentions);
    }

    [Fact]
    public async Task G4_nothing_is_in_it_of_a_server_that_somebody_was_put_out_of()
    {
        var (room, reader, guest) = await world.ReadRoomAsync();
        await room.SendAsync($"<@{guest.Id}>");
        Assert.Single((await reader.MentionsAsync()).Items);

        Assert.Equal(HttpStatusCode.NoContent, await world.ExpelAsync(room, guest, ban: false));

        Assert.Empty((await reader.MentionsAsync()).Items);
        Assert.Empty((await reader.MentionsAsync($"?server={room.Server}")).Items);
    }

    [Fact]
    public async Task G4_nothing_is_in_it_of_a_channel_that_somebody_does_not_see()
    {
        var (room, reader, guest) = await world.ReadRoomAsync();
        var role = await world.AddRoleAsync(room, mentionable: true);
        await world.GiveRoleAsync(room, guest, role);
        var hidden = await world.AddChannelAsync(room, isPrivate: true);
        await hidden.SendAsync($"<@&{role}> @everyone <@{guest.Id}>");
        var later = await world.AddChannelAsync(room);
        await later.SendAsync($"<@&{role}> @everyone <@{guest.Id}>");
        Assert.Equal(later.Channel, Assert.Single((await reader.MentionsAsync()).Items).Message.Channel);

        await world.HideAsync(later);

        Assert.Empty((await reader.MentionsAsync()).Items);
        Assert.DoesNotContain((await reader.StatesAsync()).Items, state => state.Channel == later.Channel);
    }

    [Fact]
    public async Task G4_a_request_that_was_allowed_before_the_loss_shows_nothing_that_was_said_after_it()
    {
        var database = await world.CreateDatabaseAsync();
        await using var replica = world.StartDeaf(database);
        var (room, guest) = (await world.OpenRoomAsync(), await world.PersonAsync("guest"));
        await world.JoinAsync(room, guest);
        var (owner, reader) = (new ChannelClient(replica.CreateClient(room.Owner.Token), room.Channel), new Reader(replica.CreateClient(guest.Token)));
        await owner.SendAsync($"before <@{guest.Id}>");
        Task<PageView<MentionView>> mentions;
        Task<PageView<ReadStateView>> states;
        await using (var held = new NpgsqlConnection(database))
        {
            await held.OpenAsync(Ending);
            await Sql.RunAsync(held, "begin");
            await Sql.RunAsync(held, "lock table conversation_members in access exclusive mode");
            // Servers have answered both; they are about to read.
            (mentions, states) = (reader.MentionsAsync(), reader.StatesAsync());
            await Sql.AwaitedAsync(held, 2);
            Assert.Equal(HttpStatusCode.NoContent, await world.ExpelAsync(room, guest, ban: false));
            await World.FenceAsync(replica, room.Server, await world.ServerRevisionAsync(room));
            await owner.SendAsync($"after <@{guest.Id}>");
        }

        Assert.Empty((await mentions).Items);
        Assert.Empty((await states).Items);
    }

    [Fact]
    public async Task Among_a_hundred_thousand_mentions_a_page_reads_only_what_it_shows_where_statistics_say_that_there_is_one()
    {
        var database = await world.CreateDatabaseAsync();
        await using var replica = world.StartDeaf(database);
        var (room, guest) = (await world.OpenRoomAsync(), await world.PersonAsync("guest"));
        await world.JoinAsync(room, guest);
        var reader = new Reader(replica.CreateClient(guest.Token));
        await new ChannelClient(replica.CreateClient(room.Owner.Token), room.Channel).SendAsync("first");
        await Sql.RunAsync(database, "alter table mentions set (autovacuum_enabled = off)");
        await Sql.RunAsync(
            database, "insert into mentions (target, channel, seq, message, author) select gen_random_uuid(), gen_random_uuid(), s, gen_random_uuid(), gen_random_uuid() from generate_series(1, 1000) as s");
        await Sql.RunAsync(database, "analyze mentions");
        await Sql.RunAsync(
            database,
            """
            insert into messages (channel, seq, rev, id, author, nonce, content, created_at)
            select $1, s, s, (lpad(to_hex((extract(epoch from now()) * 1000)::bigint + s), 12, '0') || '7000' || lpad(to_hex(s), 16, '8'))::uuid, $2, s::text, 'seeded', now()
            from generate_series(1000, 101000) as s
            """,
            room.Channel,
            room.Owner.Id);
        await Sql.RunAsync(
            database,
            "insert into mentions (target, channel, seq, message, author) select case when seq % 2 = 0 then $2 else $1 end, channel, seq, id, author from messages where channel = $1 and seq >= 1000",
            room.Channel,
            guest.Id);

        var items = (await reader.MentionsAsync("?limit=100")).Items;
        Assert.Equal(Enumerable.Range(0, 100).Select(i => 101000L - i), items.Select(item => item.Message.Seq));

        var server = new UserServer(room.Server, "", DateTimeOffset.UtcNow.AddHours(-1), 1, [Guid.CreateVersion7()], [new UserChannel(room.Channel, "", "text")]);
        await using var connection = new NpgsqlConnection(database);
        await connection.OpenAsync(Ending);
        await Sql.RunAsync(connection, ReadStateSql.Begin);
        await Sql.RunAsync(connection, ReadStateSql.Prepare);
        await Sql.RunAsync(connection, MentionSql.Walk);
        await using var command = new NpgsqlCommand($"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {MentionSql.Page}", connection);
        SeenChannels.Of([server]).AddTo(command.Parameters, guest.Id);
        command.Parameters.Add(new() { Value = true });
        command.Parameters.Add(new() { Value = items[^1].Message.Id });
        command.Parameters.Add(new() { Value = 51 });
        var plan = JsonDocument.Parse((string)(await command.ExecuteScalarAsync(Ending) ?? "")).RootElement[0].GetProperty("Plan");
        var buffers = plan.GetProperty("Shared Hit Blocks").GetInt64() + plan.GetProperty("Shared Read Blocks").GetInt64();
        Assert.Contains("ix_mentions_message", plan.GetRawText(), StringComparison.Ordinal);
        Assert.DoesNotContain("Seq Scan", plan.GetRawText(), StringComparison.Ordinal);
        // It takes some 1,000; to look at every mention 300,000.
        Assert.InRange(buffers, 1, 10_000);
    }

    private ChannelClient ClientOf(Account person, Room room) => new(world.A.CreateClient(person.Token), room.Channel);

    private static async Task EditAsync(ChannelClient channel, MessageView message, string content)
    {
        using var response = await channel.Http.PatchAsync(new Uri($"{channel.Messages}/{message.Id}", UriKind.Relative), JsonContent.Create(new { content }), Ending);
        await response.ExpectAsync(HttpStatusCode.OK);
    }
}
