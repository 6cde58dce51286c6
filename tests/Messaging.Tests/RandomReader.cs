using System.Collections.Concurrent;
using System.Net;
using System.Net.Http.Json;
using Chat.Stores;

namespace Chat.Messaging.Tests;

/// <summary>What the people of a random walk share.</summary>
internal sealed record Stage(
    World World, IReadOnlyList<Guid> Channels, Guid Group, Guid Mentionable, Guid Unmentionable, IReadOnlyList<Account> Named, ConcurrentDictionary<Guid, ConcurrentQueue<MessageView>> Said)
{
    /// <summary>The server, with its owner as they are signed in at present.</summary>
    public required Room Room { get; set; }

    /// <summary>The last place that is known to be taken in a channel.</summary>
    public long Known(Guid channel) => Said[channel].Select(message => message.Seq).DefaultIfEmpty(0).Max();
}

/// <summary>Somebody who does random things one after another, and knows how far they have read.</summary>
internal sealed class RandomReader(Stage stage, Account person, bool inGroup, int seed)
{
    private readonly Random _random = new(seed);
    private readonly List<MessageView> _own = [];

    private Account _person = person;
    private HttpClient[] _http = [];

    private static CancellationToken Ending => TestContext.Current.CancellationToken;

    public Account Person => _person;

    /// <summary>Everything after it is unread; absent where only a bound from below is known, in <see cref="AtLeast"/>.</summary>
    public Dictionary<Guid, long> Bounds { get; } = [];

    public Dictionary<Guid, long> AtLeast { get; } = [];

    /// <summary>Roles they hold.</summary>
    public ConcurrentDictionary<Guid, bool> Roles { get; } = [];

    public bool Away { get; private set; }

    public Reader Reader => new(Client);

    private HttpClient Client => _http[_random.Next(2)];

    private Guid AnyChannel => inGroup && _random.Next(4) == 0 ? stage.Group : stage.Channels[_random.Next(stage.Channels.Count)];

    /// <summary>Signs in anew.</summary>
    public async Task RenewAsync()
    {
        _person = await stage.World.RenewAsync(_person);
        _http = [stage.World.A.CreateClient(_person.Token), stage.World.B.CreateClient(_person.Token)];
    }

    public Task ActAsync() => Away ? Task.CompletedTask : _random.Next(100) switch
    {
        < 45 => SendAsync(AnyChannel),
        < 48 => SendLaterAsync(AnyChannel),
        < 60 => EditAsync(),
        < 66 => DeleteOwnAsync(),
        < 80 => ReadKnownAsync(AnyChannel),
        < 87 => ReadAllAsync(AnyChannel),
        < 96 => UnreadAsync(AnyChannel),
        < 98 => ReadServerAsync(),
        _ => Reader.StatesAsync(),
    };

    /// <summary>Deletes some messages of anybody at once, as the owner may.</summary>
    public async Task DeleteManyAsync()
    {
        var channel = stage.Channels[_random.Next(stage.Channels.Count)];
        var some = stage.Said[channel].ToArray();
        if (some.Length == 0)
            return;
        using var response = await Client.PostAsJsonAsync(
            $"/api/v1/channels/{channel}/messages/bulk-delete", new { messages = _random.GetItems(some, 3).Select(message => message.Id).Distinct() }, Ending);
        await response.ExpectAsync(HttpStatusCode.NoContent);
    }

    public async Task LeaveAsync()
    {
        Assert.Equal(HttpStatusCode.NoContent, await stage.World.LeaveAsync(stage.Room, _person));
        Away = true;
        Roles.Clear();
    }

    public async Task ComeBackAsync()
    {
        foreach (var channel in stage.Channels)
        {
            Bounds.Remove(channel);
            AtLeast[channel] = stage.Known(channel);
        }

        await stage.World.JoinAsync(stage.Room, _person);
        Away = false;
    }

    private async Task SendAsync(Guid channel)
    {
        var sent = await new ChannelClient(Client, channel).SendAsync(Words());
        stage.Said[channel].Enqueue(sent);
        _own.Add(sent);
        Bounds[channel] = sent.Seq;
    }

    /// <summary>What is sent for them by the schedule moves no mark.</summary>
    private Task SendLaterAsync(Guid channel) => stage.World.SendLaterAsync(new ChannelClient(Client, channel), Words());

    private async Task EditAsync()
    {
        if (_own.Count == 0)
            return;
        var message = _own[_random.Next(_own.Count)];
        using var response = await Client.PatchAsJsonAsync($"/api/v1/channels/{message.Channel}/messages/{message.Id}", new { content = Words() }, Ending);
        Assert.True(response.StatusCode is HttpStatusCode.OK or HttpStatusCode.NotFound, $"An edit was answered {response.StatusCode}.");
    }

    private async Task DeleteOwnAsync()
    {
        if (_own.Count == 0)
            return;
        var message = _own[_random.Next(_own.Count)];
        using var response = await Client.DeleteAsync(new Uri($"/api/v1/channels/{message.Channel}/messages/{message.Id}", UriKind.Relative), Ending);
        await response.ExpectAsync(HttpStatusCode.NoContent);
    }

    private async Task ReadKnownAsync(Guid channel)
    {
        if (Any(channel) is not { } message)
            return;
        var state = await Reader.ReadAsync(channel, message.Seq);
        if (Bounds.TryGetValue(channel, out var bound))
            Bounds[channel] = Math.Max(bound, message.Seq);
        else
            Bounds[channel] = Adopt(channel, state, message.Seq);
    }

    private async Task ReadAllAsync(Guid channel)
    {
        var known = stage.Known(channel);
        var state = await Reader.ReadAsync(channel, long.MaxValue);
        Assert.InRange(state.ReadSeq, known, long.MaxValue);
        Bounds[channel] = state.ReadSeq;
    }

    private async Task UnreadAsync(Guid channel)
    {
        if (Any(channel) is not { } message)
            return;
        var state = await Reader.UnreadAsync(channel, message.Id);
        var bound = Bounds.TryGetValue(channel, out var known) ? known : long.MaxValue;
        Bounds[channel] = bound != long.MaxValue ? Math.Min(bound, message.Seq - 1) : state.ReadSeq;
        Assert.InRange(state.ReadSeq, 0, message.Seq - 1);
    }

    private async Task ReadServerAsync()
    {
        var known = stage.Channels.ToDictionary(channel => channel, stage.Known);
        await Reader.ReadServerAsync(stage.Room.Server);
        var states = (await Reader.StatesAsync($"?server={stage.Room.Server}")).Items.ToDictionary(state => state.Channel);
        foreach (var channel in stage.Channels.Where(states.ContainsKey))
            Bounds[channel] = Adopt(channel, states[channel], known[channel]);
    }

    private long Adopt(Guid channel, ReadStateView state, long least)
    {
        Assert.InRange(state.ReadSeq, Math.Max(least, AtLeast.GetValueOrDefault(channel)), long.MaxValue);
        return state.ReadSeq;
    }

    private MessageView? Any(Guid channel) => stage.Said[channel].ToArray() is { Length: > 0 } said ? said[_random.Next(said.Length)] : null;

    private string Words()
    {
        string[] words =
        [
            "plain", "plain", $"<@{stage.Named[_random.Next(stage.Named.Count)].Id}>", $"<@&{stage.Mentionable}>", $"<@&{stage.Unmentionable}>", "@everyone", "@here", "`@everyone`",
        ];
        return string.Join(' ', _random.GetItems(words, _random.Next(1, 4)));
    }
}
