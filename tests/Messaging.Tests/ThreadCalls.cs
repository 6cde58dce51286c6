using System.Net;
using System.Net.Http.Json;
using Chat.Stores;

namespace Chat.Messaging.Tests;

/// <summary>A thread as clients see it.</summary>
public sealed record ThreadView(
    Guid Id, Guid Channel, Guid Message, string Name, Guid Creator, int ArchiveAfter, DateTimeOffset CreatedAt, DateTimeOffset LastAt, long Messages, bool Me,
    DateTimeOffset? ArchivedAt = null, bool? Locked = null);

public sealed record ThreadsView(ThreadView[] Items, string? Next = null);

internal static class ThreadCalls
{
    private static CancellationToken Ending => TestContext.Current.CancellationToken;

    public static Task<HttpResponseMessage> OpenThreadAsync(this ChannelClient client, Guid message, object body) =>
        client.Http.PostAsJsonAsync($"{client.Messages}/{message}/thread", body, Ending);

    /// <summary>A new thread under a new message, through the same replica.</summary>
    public static async Task<ChannelClient> ThreadAsync(this ChannelClient client, string name = "thread")
    {
        var message = await client.SendAsync("opens a thread");
        using var answer = await client.OpenThreadAsync(message.Id, new { name });
        await answer.ExpectAsync(HttpStatusCode.Created);
        return new ChannelClient(client.Http, (await answer.ReadAsync<ThreadView>()).Id);
    }

    public static async Task<ThreadView> FindThreadAsync(this ChannelClient client, Guid thread)
    {
        using var answer = await client.Http.GetAsync($"/api/v1/threads/{thread}", Ending);
        await answer.ExpectAsync(HttpStatusCode.OK);
        return await answer.ReadAsync<ThreadView>();
    }

    public static async Task<ThreadsView> ThreadsAsync(this ChannelClient client, string query = "")
    {
        using var answer = await client.Http.GetAsync($"/api/v1/channels/{client.Channel}/threads{query}", Ending);
        await answer.ExpectAsync(HttpStatusCode.OK);
        return await answer.ReadAsync<ThreadsView>();
    }

    public static Task<HttpResponseMessage> EditThreadAsync(this ChannelClient client, Guid thread, object body) => client.Http.PatchAsJsonAsync($"/api/v1/threads/{thread}", body, Ending);

    public static Task<HttpResponseMessage> DeleteThreadAsync(this ChannelClient client, Guid thread) => client.Http.DeleteAsync($"/api/v1/threads/{thread}", Ending);
}
