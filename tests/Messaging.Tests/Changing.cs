using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Chat.Stores;

namespace Chat.Messaging.Tests;

/// <summary>What one person does to messages besides sending them.</summary>
internal static class Changing
{
    private static CancellationToken Ending => TestContext.Current.CancellationToken;

    public static string Reactions(this ChannelClient client, Guid message, string emoji) => $"{client.Messages}/{message}/reactions/{Uri.EscapeDataString(emoji)}";

    public static Task<HttpResponseMessage> ReactAsync(this ChannelClient client, Guid message, string emoji) => client.Http.PutAsync(client.Reactions(message, emoji), null, Ending);

    public static Task<HttpResponseMessage> UnreactAsync(this ChannelClient client, Guid message, string emoji, Guid? user = null) =>
        client.Http.DeleteAsync(client.Reactions(message, emoji) + (user is null ? "" : $"/{user}"), Ending);

    public static Task<HttpResponseMessage> ClearAsync(this ChannelClient client, Guid message, string? emoji = null) =>
        client.Http.DeleteAsync($"{client.Messages}/{message}/reactions{(emoji is null ? "" : $"?emoji={Uri.EscapeDataString(emoji)}")}", Ending);

    public static string Pins(this ChannelClient client) => $"/api/v1/channels/{client.Channel}/pins";

    public static Task<HttpResponseMessage> PinAsync(this ChannelClient client, Guid message) => client.Http.PutAsync($"{client.Pins()}/{message}", null, Ending);

    public static Task<HttpResponseMessage> UnpinAsync(this ChannelClient client, Guid message) => client.Http.DeleteAsync($"{client.Pins()}/{message}", Ending);

    public static Task<HttpResponseMessage> EditAsync(this ChannelClient client, Guid message, string content) =>
        client.Http.PatchAsJsonAsync($"{client.Messages}/{message}", new { content }, Ending);

    public static Task<HttpResponseMessage> DeleteAsync(this ChannelClient client, Guid message) => client.Http.DeleteAsync($"{client.Messages}/{message}", Ending);

    public static Task<HttpResponseMessage> VoteAsync(this ChannelClient client, Guid message, params int[] answers) =>
        client.Http.PutAsJsonAsync($"{client.Messages}/{message}/poll/votes", new { answers }, Ending);

    public static Task<HttpResponseMessage> CloseAsync(this ChannelClient client, Guid message) => client.Http.PostAsync($"{client.Messages}/{message}/poll/close", null, Ending);

    /// <summary>Sends a poll with the answers a, b, c, ….</summary>
    public static async Task<Guid> AskAsync(this ChannelClient client, int answers = 3, bool multiple = false, string content = "")
    {
        using var sent = await client.PostAsync(new
        {
            content,
            nonce = Guid.NewGuid().ToString(),
            poll = new { question = "Which?", answers = Enumerable.Range(0, answers).Select(i => new { text = $"{(char)('a' + i)}" }), multiple },
        });
        await sent.ExpectAsync(HttpStatusCode.Created);
        return (await sent.ReadAsync<JsonElement>()).GetProperty("id").GetGuid();
    }

    /// <summary>The message as this person reads it.</summary>
    public static Task<JsonElement> FindAsync(this ChannelClient client, Guid message) => client.Http.JsonAsync($"{client.Messages}/{message}");

    /// <summary>The channel's revision.</summary>
    public static async Task<long> RevAsync(this ChannelClient client)
    {
        var page = await client.ChangesAsync(0, limit: 500);
        while (page.More)
            page = await client.ChangesAsync(page.Rev, limit: 500);
        return page.Rev;
    }

    public static async Task<JsonElement> JsonAsync(this HttpClient http, string address)
    {
        using var response = await http.GetAsync(address, Ending);
        await response.ExpectAsync(HttpStatusCode.OK);
        return await response.ReadAsync<JsonElement>();
    }

    /// <summary>The answer is 200 with this.</summary>
    public static async Task<JsonElement> OkAsync(this Task<HttpResponseMessage> answer)
    {
        using var response = await answer;
        await response.ExpectAsync(HttpStatusCode.OK);
        return await response.ReadAsync<JsonElement>();
    }

    /// <summary>The answer has this status.</summary>
    public static async Task ExpectAsync(this Task<HttpResponseMessage> answer, HttpStatusCode status)
    {
        using var response = await answer;
        await response.ExpectAsync(status);
    }

    /// <summary>The answer is a problem.</summary>
    public static async Task ExpectProblemAsync(this Task<HttpResponseMessage> answer, HttpStatusCode status, string code)
    {
        using var response = await answer;
        await response.ExpectProblemAsync(status, code);
    }

    /// <summary>The answer is 400 with an error for this field.</summary>
    public static async Task ExpectFieldErrorAsync(this Task<HttpResponseMessage> answer, string field, string code)
    {
        using var response = await answer;
        await response.ExpectFieldErrorAsync(field, code);
    }

    /// <summary>Reactions as <c>emoji:count</c>, with <c>*</c> where the asker is among them.</summary>
    public static string ReactionsOf(this JsonElement message) => !message.TryGetProperty("reactions", out var reactions) ? "" : string.Join(' ', reactions.EnumerateArray().Select(one =>
        $"{one.GetProperty("emoji").GetString()}:{one.GetProperty("count").GetInt32()}{(one.TryGetProperty("me", out _) ? "*" : "")}"));

    /// <summary>A poll as votes of each answer, with <c>*</c> where the asker chose it, and the voters.</summary>
    public static string VotesOf(this JsonElement message)
    {
        var poll = message.GetProperty("poll");
        var answers = poll.GetProperty("answers").EnumerateArray().Select(answer => $"{answer.GetProperty("votes").GetInt32()}{(answer.TryGetProperty("me", out _) ? "*" : "")}");
        return $"{string.Join(' ', answers)} of {poll.GetProperty("voters").GetInt32()}";
    }
}
