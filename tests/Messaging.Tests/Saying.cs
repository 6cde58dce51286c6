using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Chat.Messaging.Scheduling;
using Chat.Stores;
using Microsoft.Extensions.DependencyInjection;

namespace Chat.Messaging.Tests;

/// <summary>Ways of saying something that tests about reading share.</summary>
internal static class Saying
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private static CancellationToken Ending => TestContext.Current.CancellationToken;

    /// <summary>Sends several, one after another.</summary>
    public static async Task<List<MessageView>> SayAsync(this ChannelClient client, int count)
    {
        var sent = new List<MessageView>();
        for (var i = 0; i < count; i++)
            sent.Add(await client.SendAsync($"said {i}"));
        return sent;
    }

    /// <summary>Has the schedule send something for somebody, as if its time had come at once, and gives its place.</summary>
    public static async Task<long> SendLaterAsync(this World world, ChannelClient client, string content)
    {
        using var answer = await client.Http.PostAsJsonAsync($"/api/v1/channels/{client.Channel}/scheduled", new { content, sendAt = DateTimeOffset.UtcNow.AddDays(1) }, Ending);
        await answer.ExpectAsync(HttpStatusCode.Created);
        var id = (await answer.ReadAsync<JsonElement>()).GetProperty("id").GetGuid();
        await Sql.RunAsync(world.Database, "update scheduled_messages set send_at = now(), try_at = now() where id = $1", id);
        await Eventually.HoldsAsync("it is sent", Patience, async () =>
        {
            await using var scope = world.A.Services.CreateAsyncScope();
            await scope.ServiceProvider.GetRequiredService<ScheduledSending>().SendNextAsync(Ending);
            return await Sql.ScalarAsync<long>(world.Database, "select count(*) from scheduled_messages where id = $1", id) == 0;
        });
        return await Sql.ScalarAsync<long>(world.Database, "select seq from messages where channel = $1 and nonce = $2", client.Channel, $"scheduled {id:N}");
    }

    /// <summary>Follows a thread, or follows it no more.</summary>
    public static Task FollowAsync(this HttpClient http, Guid thread, bool follow = true)
    {
        var members = new Uri($"/api/v1/threads/{thread}/members/@me", UriKind.Relative);
        return (follow ? http.PutAsync(members, null, Ending) : http.DeleteAsync(members, Ending)).ExpectAsync(HttpStatusCode.NoContent);
    }
}
