using Chat.Contracts;
using MassTransit;
using Microsoft.Extensions.DependencyInjection;

namespace Chat.Servers.Tests;

/// <summary>What messaging tells of moderators, in the audit log.</summary>
public sealed class ModerationTests(ServersFixture fixture)
{
    private static readonly DateTimeOffset Then = DateTimeOffset.FromUnixTimeMilliseconds(DateTimeOffset.UtcNow.AddMinutes(-5).ToUnixTimeMilliseconds());

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private Deployment Deployment => fixture.Deployment;

    [Fact]
    public async Task An_event_is_one_entry_at_its_own_time_however_often_it_comes_and_no_change_of_the_server()
    {
        using var community = await Community.FoundAsync(Deployment, "moderator", "member");
        var rev = (await community.ReadAsync()).GetProperty("rev").GetInt64();
        var told = Told(community, MessageModeration.Deleted) with { Reason = "spam" };

        using var heard = new Consumption<MessagesModerated>(Deployment, moderated => moderated.Id == told.Id);
        for (var i = 0; i < 6; i++)
        {
            await PublishAsync(told);
        }

        await heard.ReachesAsync(6);
        await SayAsync(community, Told(community, MessageModeration.Pinned));
        var deleted = Assert.Single(await EntriesAsync(community, "action=message.deleted"));
        Assert.Equal((told.Id, Then, "spam"), (deleted.Id(), deleted.GetProperty("at").GetDateTimeOffset(), deleted.GetProperty("reason").GetString()));
        Assert.Equal(community.Of("moderator").Id, deleted.GetProperty("actor").Id());
        Assert.Equal(community.Of("member").Id, deleted.GetProperty("target").GetGuid());
        Assert.Equal(["channel", "count", "message"], deleted.GetProperty("before").EnumerateObject().Select(one => one.Name).Order(StringComparer.Ordinal));
        Assert.Equal(told.Messages[0], deleted.GetProperty("before").GetProperty("message").GetGuid());
        Assert.Single(await EntriesAsync(community, $"action=message.pinned&actor={community.Of("moderator").Id}&target={community.Of("member").Id}"));
        Assert.Equal(rev, (await community.ReadAsync()).GetProperty("rev").GetInt64());
    }

    [Fact]
    public async Task Each_act_has_its_action_and_one_that_is_not_known_is_passed_over()
    {
        using var community = await Community.FoundAsync(Deployment, "moderator", "member");
        var (channel, thread) = (Guid.CreateVersion7(), Guid.CreateVersion7());
        MessagesModerated[] passedOver = [Told(community, "sung_about"), Told(community, MessageModeration.Deleted) with { Server = Guid.CreateVersion7() }];
        using var heard = new Consumption<MessagesModerated>(Deployment, moderated => passedOver.Any(one => one.Id == moderated.Id));
        foreach (var one in passedOver)
        {
            await PublishAsync(one);
        }

        await heard.ReachesAsync(2);
        foreach (var act in new[] { MessageModeration.Deleted, MessageModeration.Pinned, MessageModeration.Unpinned })
        {
            await SayAsync(community, Told(community, act) with { Thread = thread });
        }

        await SayAsync(community, Told(community, MessageModeration.BulkDeleted) with
        {
            Channel = channel,
            Messages = [.. Enumerable.Range(0, 100).Select(_ => Guid.CreateVersion7())],
            Authors = [.. Enumerable.Range(0, 100).Select(_ => Guid.CreateVersion7())],
        });

        var entries = await EntriesAsync(community, $"actor={community.Of("moderator").Id}");
        Assert.Equal(
            ["message.bulk_deleted", "message.deleted", "message.pinned", "message.unpinned"], entries.Select(entry => entry.GetProperty("action").GetString()).Order(StringComparer.Ordinal));
        var bulk = entries.Single(entry => entry.GetProperty("action").GetString() == "message.bulk_deleted");
        Assert.Equal((channel, 100), (bulk.GetProperty("target").GetGuid(), bulk.GetProperty("before").GetProperty("count").GetInt32()));
        var pinned = entries.Single(entry => entry.GetProperty("action").GetString() == "message.pinned");
        Assert.False(pinned.TryGetProperty("before", out _));
        Assert.Equal(thread, pinned.GetProperty("after").GetProperty("thread").GetGuid());
    }

    [Fact]
    public async Task Reactions_polls_and_threads_have_their_actions_and_targets()
    {
        using var community = await Community.FoundAsync(Deployment, "moderator", "member");
        var (thread, user, author) = (Guid.CreateVersion7(), Guid.CreateVersion7(), community.Of("member").Id);
        var told = Told(community, MessageModeration.ReactionsRemoved) with { Emoji = "😀", User = user, Reactions = 1 };
        await SayAsync(community, told);
        await SayAsync(community, Told(community, MessageModeration.ReactionsRemoved) with { Reactions = 7 });
        await SayAsync(community, Told(community, MessageModeration.PollClosed));
        foreach (var act in new[] { MessageModeration.ThreadLocked, MessageModeration.ThreadUnlocked, MessageModeration.ThreadDeleted })
        {
            await SayAsync(community, Told(community, act) with { Thread = thread, Name = "Lunch" });
        }

        var renamed = Guid.CreateVersion7();
        await SayAsync(community, Told(community, MessageModeration.ThreadRenamed) with { Thread = renamed, Name = "Dinner", FormerName = "Lunch" });

        var one = Assert.Single(await EntriesAsync(community, $"action=message.reactions_removed&target={user}")).GetProperty("before");
        Assert.Equal((told.Messages[0], author, "😀", 1), (one.GetProperty("message").GetGuid(), one.GetProperty("author").GetGuid(), one.GetProperty("emoji").GetString(), one.GetProperty("count").GetInt32()));
        var all = Assert.Single(await EntriesAsync(community, $"action=message.reactions_removed&target={author}")).GetProperty("before");
        Assert.Equal(["author", "channel", "count", "message"], all.EnumerateObject().Select(field => field.Name).Order(StringComparer.Ordinal));
        Assert.True(Assert.Single(await EntriesAsync(community, $"action=message.poll_closed&target={author}")).TryGetProperty("after", out _));
        var threads = await EntriesAsync(community, $"target={thread}");
        Assert.Equal(["thread.deleted", "thread.locked", "thread.unlocked"], threads.Select(entry => entry.GetProperty("action").GetString()).Order(StringComparer.Ordinal));
        Assert.All(threads, entry => Assert.Equal(
            ("Lunch", author), (Of(entry).GetProperty("name").GetString(), Of(entry).GetProperty("creator").GetGuid())));

        var name = Assert.Single(await EntriesAsync(community, $"action=thread.renamed&target={renamed}"));
        Assert.Equal(("Lunch", "Dinner"), (name.GetProperty("before").GetProperty("name").GetString(), name.GetProperty("after").GetProperty("name").GetString()));

        static JsonElement Of(JsonElement entry) => entry.GetProperty(entry.GetProperty("action").GetString() == "thread.locked" ? "after" : "before");
    }

    private static MessagesModerated Told(Community community, string act) => new()
    {
        Id = Guid.CreateVersion7(Then),
        Server = community.Server,
        Channel = Guid.CreateVersion7(),
        Act = act,
        Messages = [Guid.CreateVersion7()],
        Authors = [community.Of("member").Id],
        By = community.Of("moderator").Id,
        At = Then,
    };

    private Task PublishAsync(MessagesModerated told) => Deployment.Replicas[0].Services.GetRequiredService<IBus>().Publish(told, Cancellation);

    private async Task SayAsync(Community community, MessagesModerated told)
    {
        await PublishAsync(told);
        await Eventually.HoldsAsync($"the entry of {told.Act}", async () => (await EntriesAsync(community, "")).Exists(entry => entry.Id() == told.Id));
    }

    private static async Task<List<JsonElement>> EntriesAsync(Community community, string query) =>
        [.. (await community.Owner.Client.ReadAsync($"{community.Path}/audit-log?{query}")).GetProperty("items").EnumerateArray()];
}
