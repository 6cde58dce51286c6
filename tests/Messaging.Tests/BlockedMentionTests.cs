using System.Net;

namespace Chat.Messaging.Tests;

/// <summary>Whoever blocks somebody is not told of being named by them, in places that both see.</summary>
public sealed class BlockedMentionTests(World world)
{
    [Fact]
    public async Task G10_being_named_by_somebody_one_blocks_neither_counts_nor_is_in_the_inbox_and_the_message_stays_as_it_is()
    {
        var (author, blocker, other, room) = await CastAsync();
        await world.BlockAsync(blocker, author);

        var sent = await author.In(room.Channel).SendAsync($"<@{blocker.Id}> <@{other.Id}>");

        Assert.Equal((1, 0), await CountsAsync(blocker, room.Channel));
        Assert.Equal((1, 1), await CountsAsync(other, room.Channel));
        Assert.Empty((await new Reader(blocker.B).MentionsAsync()).Items);
        Assert.Equal(sent.Id, Assert.Single((await new Reader(other.B).MentionsAsync()).Items).Message.Id);
        var users = (await author.In(room.Channel).FindAsync(sent.Id)).GetProperty("mentions").GetProperty("users").EnumerateArray().Select(user => user.GetGuid());
        Assert.Equal([blocker.Id, other.Id], users);
    }

    [Fact]
    public async Task G10_an_edit_tells_those_who_block_its_author_nothing_either()
    {
        var (author, blocker, other, room) = await CastAsync();
        var channel = author.In(room.Channel);
        var (early, late) = (await channel.SendAsync($"<@{blocker.Id}>"), await channel.SendAsync("nobody"));
        Assert.Equal((2, 1), await CountsAsync(blocker, room.Channel));
        await world.BlockAsync(blocker, author);

        await channel.EditAsync(early.Id, $"again <@{blocker.Id}> <@{other.Id}>").ExpectAsync(HttpStatusCode.OK);
        await channel.EditAsync(late.Id, $"<@{other.Id}> <@{blocker.Id}>").ExpectAsync(HttpStatusCode.OK);

        Assert.Equal((2, 0), await CountsAsync(blocker, room.Channel));
        Assert.Equal((2, 2), await CountsAsync(other, room.Channel));
        Assert.Empty((await new Reader(blocker.B).MentionsAsync()).Items);
    }

    [Fact]
    public async Task G10_roles_and_everybody_count_as_does_a_block_the_other_way_round_and_one_that_has_ended()
    {
        var (author, blocker, other, room) = await CastAsync();
        var role = await world.AddRoleAsync(room, mentionable: true);
        await world.GiveRoleAsync(room, blocker.Account, role);
        await world.BlockAsync(blocker, author);
        await world.BlockAsync(author, other);
        var channel = author.In(room.Channel);

        await channel.SendAsync($"<@&{role}> <@{blocker.Id}>");
        await channel.SendAsync("@everyone");
        await channel.SendAsync($"<@{other.Id}>");
        Assert.Equal((3, 2), await CountsAsync(blocker, room.Channel));
        Assert.Equal((3, 2), await CountsAsync(other, room.Channel));
        Assert.Equal(["everyone", "role"], (await new Reader(blocker.B).MentionsAsync()).Items.Select(item => item.Kind));

        await world.UnblockAsync(blocker, author);
        await channel.SendAsync($"<@{blocker.Id}>");
        Assert.Equal((4, 3), await CountsAsync(blocker, room.Channel));
    }

    [Fact]
    public async Task Nobody_is_made_to_follow_a_thread_by_somebody_they_block()
    {
        var (author, blocker, other, room) = await CastAsync();
        await world.BlockAsync(blocker, author);
        var thread = await author.In(room.Channel).ThreadAsync();

        var plain = await thread.SendAsync("nobody");
        await thread.SendAsync($"<@{blocker.Id}> <@{other.Id}>");
        await thread.EditAsync(plain.Id, $"<@{blocker.Id}>").ExpectAsync(HttpStatusCode.OK);

        Assert.False((await blocker.In(room.Channel).FindThreadAsync(thread.Channel)).Me);
        Assert.True((await other.In(room.Channel).FindThreadAsync(thread.Channel)).Me);
    }

    /// <summary>The owner of a room writes, two others read.</summary>
    private async Task<(Talker Author, Talker Blocker, Talker Other, Room Room)> CastAsync()
    {
        var (author, blocker, other) = (await world.TalkerAsync("author"), await world.TalkerAsync("blocker"), await world.TalkerAsync("other"));
        var room = await world.OpenRoomAsync(author.Account);
        await world.JoinAsync(room, blocker.Account);
        await world.JoinAsync(room, other.Account);
        return (author, blocker, other, room);
    }

    private static async Task<(long Unread, long Mentions)> CountsAsync(Talker talker, Guid channel)
    {
        var state = await new Reader(talker.B).StateAsync(channel);
        return (state.Unread, state.Mentions);
    }
}
