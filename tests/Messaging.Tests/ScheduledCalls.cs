using System.Net;
using System.Net.Http.Json;
using Chat.Stores;

namespace Chat.Messaging.Tests;

/// <summary>A message for later as its author sees it.</summary>
public sealed record ScheduledView(Guid Id, Guid Channel, string Content, DateTimeOffset SendAt, DateTimeOffset CreatedAt, Guid? ReplyTo = null, ScheduledFailureView? Failed = null);

public sealed record ScheduledFailureView(string Code, DateTimeOffset At);

public sealed record ScheduledListView(ScheduledView[] Items, string? Next = null);

internal static class ScheduledCalls
{
    public static DateTimeOffset InADay => DateTimeOffset.UtcNow.AddDays(1);

    private static CancellationToken Ending => TestContext.Current.CancellationToken;

    public static Task<HttpResponseMessage> PostLaterAsync(this ChannelClient client, string content, DateTimeOffset sendAt, Guid? replyTo = null) =>
        client.Http.PostAsJsonAsync($"/api/v1/channels/{client.Channel}/scheduled", new { content, sendAt, replyTo }, Ending);

    public static async Task<ScheduledView> ScheduleAsync(this ChannelClient client, string content, DateTimeOffset sendAt, Guid? replyTo = null)
    {
        using var answer = await client.PostLaterAsync(content, sendAt, replyTo);
        await answer.ExpectAsync(HttpStatusCode.Created);
        return await answer.ReadAsync<ScheduledView>();
    }

    public static async Task<ScheduledListView> ScheduledAsync(this HttpClient http, string query = "")
    {
        using var answer = await http.GetAsync($"/api/v1/scheduled{query}", Ending);
        await answer.ExpectAsync(HttpStatusCode.OK);
        return await answer.ReadAsync<ScheduledListView>();
    }

    /// <summary>Lets the day pass: everything for later in these channels is due.</summary>
    public static Task MakeDueAsync(string database, params ChannelClient[] places) =>
        Sql.RunAsync(database, "update scheduled_messages set send_at = now(), try_at = now() where channel = any ($1)", places.Select(place => place.Channel).ToArray());

    /// <summary>Waits until the only one of this channel is refused.</summary>
    public static Task FailsLaterAsync(this ChannelClient client, string code) => Eventually.HoldsAsync($"it is refused with {code}", TimeSpan.FromSeconds(60), async () =>
        (await client.Http.ScheduledAsync($"?channel={client.Channel}")).Items is [{ Failed.Code: var failed }] && failed == code);
}
