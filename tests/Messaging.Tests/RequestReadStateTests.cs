using System.Net;

namespace Chat.Messaging.Tests;

/// <summary>What strangers write who ask to talk is a request, not something unread, until it is agreed to.</summary>
public sealed class RequestReadStateTests(World world)
{
    [Fact]
    public async Task G10_a_request_is_not_unread_for_whoever_is_asked_until_they_agree_and_then_with_all_that_was_said()
    {
        var (asker, asked, id) = await RequestAsync();
        await asker.In(id).SayAsync(2);
        await asker.In(id).SendAsync($"<@{asked.Id}>");
        var reader = new Reader(asked.B);

        Assert.Empty((await reader.StatesAsync()).Items);
        Assert.Empty((await reader.MentionsAsync()).Items);
        Assert.Equal((3, 0), Mark(await new Reader(asker.A).StateAsync(id)));

        await asked.DoesAsync(() => asked.PutAsync($"/{id}/request"), HttpStatusCode.OK);
        var state = await reader.StateAsync(id);
        Assert.Equal((0, 3, 3, 1), (state.ReadSeq, state.LastSeq, state.Unread, state.Mentions));
        Assert.Single((await reader.MentionsAsync()).Items);
    }

    [Fact]
    public async Task G10_a_declined_request_stays_out_until_whoever_declined_agrees_after_all()
    {
        var (asker, asked, id) = await RequestAsync();
        await asker.In(id).SendAsync($"<@{asked.Id}>");
        var reader = new Reader(asked.B);
        await asked.DoesAsync(() => asked.DeleteAsync($"/{id}/request"), HttpStatusCode.NoContent);

        Assert.Empty((await reader.StatesAsync()).Items);
        Assert.Empty((await reader.MentionsAsync()).Items);

        await asked.DoesAsync(() => asked.PutAsync($"/{id}/request"), HttpStatusCode.OK);
        Assert.Equal((0, 1), Mark(await reader.StateAsync(id)));
        Assert.Single((await reader.MentionsAsync()).Items);
    }

    [Fact]
    public async Task G10_what_was_read_of_a_request_before_it_was_agreed_to_stays_read()
    {
        var (asker, asked, id) = await RequestAsync();
        await asker.In(id).SayAsync(3);
        var reader = new Reader(asked.B);

        Assert.Equal((2, 1), Mark(await reader.ReadAsync(id, 2)));
        Assert.Empty((await reader.StatesAsync()).Items);

        await world.BefriendAsync(asked, asker);
        Assert.Equal((2, 1), Mark(await reader.StateAsync(id)));
    }

    [Fact]
    public async Task G10_who_answers_by_writing_has_read_the_request()
    {
        var (asker, asked, id) = await RequestAsync();
        await asker.In(id).SayAsync(2);

        await asked.There(id).SendAsync("hello");

        Assert.Equal((3, 0), Mark(await new Reader(asked.A).StateAsync(id)));
        Assert.Equal((2, 1), Mark(await new Reader(asker.A).StateAsync(id)));
    }

    private async Task<(Talker Asker, Talker Asked, Guid Conversation)> RequestAsync()
    {
        var (asker, asked) = (await world.TalkerAsync("asker"), await world.TalkerAsync("asked"));
        return (asker, asked, (await asker.WithAsync(asked)).Id);
    }

    private static (long ReadSeq, long Unread) Mark(ReadStateView state) => (state.ReadSeq, state.Unread);
}
