using System.Net;
using System.Text.Json.Nodes;
using Chat.Stores;

namespace Chat.Messaging.Tests;

/// <summary>
/// A channel as a client keeps it: a snapshot, then page after page of changes. It knows two rules: what comes takes the place of what it had by the same id, and what a message answers is shown as that
/// was last seen.
/// </summary>
/// <param name="changes">The address of the log.</param>
internal sealed class Copy(HttpClient http, string changes, int limit)
{
    private readonly SortedDictionary<long, JsonObject> _messages = [];
    private long _rev;

    private static CancellationToken Ending => TestContext.Current.CancellationToken;

    /// <summary>The messages by their places, each as text.</summary>
    public string[] Messages => [.. _messages.Values.Select(Text)];

    /// <summary>Begins with what the history shows, as of a revision that was known before it was read.</summary>
    public async Task BeginAsync(string history)
    {
        while (await PageAsync() is { More: true })
        {
        }

        _messages.Clear();
        foreach (var message in await ReadAsync(http, history))
            Store(message);
    }

    /// <summary>Applies everything that is new.</summary>
    public async Task CatchUpAsync()
    {
        bool more;
        do
        {
            (more, var items) = await PageAsync();
            foreach (var message in items)
                Apply(message);
        }
        while (more);
    }

    /// <summary>The whole history, as texts by their places.</summary>
    public static async Task<string[]> FreshAsync(HttpClient http, string history) => [.. (await ReadAsync(http, history)).Select(Text)];

    private static async Task<List<JsonObject>> ReadAsync(HttpClient http, string history)
    {
        var all = new List<JsonObject>();
        for (var after = 0L; ;)
        {
            var page = await GetAsync(http, $"{history}?after={after}");
            all.AddRange(Items(page));
            if (page["hasAfter"]?.GetValue<bool>() is not true)
                return all;
            after = Number(all[^1], "seq");
        }
    }

    private async Task<(bool More, List<JsonObject> Items)> PageAsync()
    {
        var page = await GetAsync(http, $"{changes}?after={_rev}&limit={limit}");
        var items = new List<JsonObject>();
        foreach (var change in Items(page))
        {
            Assert.True(Number(change, "rev") > _rev, "Changes are not in order.");
            _rev = Number(change, "rev");
            var message = change["d"]?.DeepClone().AsObject() ?? [];
            Assert.Equal(_rev, Number(message, "rev"));
            Assert.Equal(TypeOf(message), change["t"]?.GetValue<string>());
            items.Add(message);
        }

        Assert.True(Number(page, "rev") >= _rev);
        _rev = Number(page, "rev");
        return (page["more"]?.GetValue<bool>() is true, items);
    }

    private void Apply(JsonObject message)
    {
        Store(message);
        foreach (var answer in _messages.Values.Where(answer => answer["replyTo"]?.GetValue<Guid>() == message["id"]?.GetValue<Guid>()))
        {
            var preview = new JsonObject
            {
                ["id"] = message["id"]?.DeepClone(),
                ["seq"] = message["seq"]?.DeepClone(),
                ["kind"] = message["kind"]?.DeepClone(),
                ["author"] = message["author"]?.DeepClone(),
                ["content"] = string.Concat((message["content"]?.GetValue<string>() ?? "").EnumerateRunes().Take(100)),
            };
            if (message["deletedAt"] is { } deleted)
                preview["deletedAt"] = deleted.DeepClone();
            answer["reply"] = preview;
        }
    }

    private void Store(JsonObject message) => _messages[Number(message, "seq")] = message;

    private static string TypeOf(JsonObject message) =>
        message.ContainsKey("deletedAt") ? "message.deleted" : Number(message, "seq") == Number(message, "rev") ? "message.sent" : "message.changed";

    /// <summary>With the members in one order, so that equal messages are equal texts.</summary>
    private static string Text(JsonNode message) => Ordered(message)?.ToJsonString() ?? "";

    private static JsonNode? Ordered(JsonNode? node) => node switch
    {
        JsonObject members => new JsonObject(members.OrderBy(member => member.Key, StringComparer.Ordinal).Select(member => KeyValuePair.Create(member.Key, Ordered(member.Value)))),
        JsonArray items => new JsonArray([.. items.Select(Ordered)]),
        _ => node?.DeepClone(),
    };

    private static IEnumerable<JsonObject> Items(JsonObject page) => page["items"]?.AsArray().Select(item => item?.DeepClone().AsObject() ?? []) ?? [];

    private static long Number(JsonObject of, string name) => of[name]?.GetValue<long>() ?? throw new InvalidOperationException($"There is no {name}.");

    private static async Task<JsonObject> GetAsync(HttpClient http, string address)
    {
        using var response = await http.GetAsync(address, Ending);
        await response.ExpectAsync(HttpStatusCode.OK);
        return JsonNode.Parse(await response.Content.ReadAsStringAsync(Ending))?.AsObject() ?? throw new InvalidOperationException("The body is null.");
    }
}
