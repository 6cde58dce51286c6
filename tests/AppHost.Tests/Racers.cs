using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json;

namespace Chat.AppHost.Tests;

/// <summary>One request of a race.</summary>
/// <param name="Sends">It was to store a message; otherwise it read.</param>
/// <param name="Began">When it was sent, as a timestamp of <see cref="Stopwatch"/>.</param>
internal sealed record RacedRequest(bool Sends, long Began, HttpStatusCode Status, string Body)
{
    public bool Succeeded => (int)Status is >= 200 and < 300;

    /// <summary>For want of a right, and not because the system had too much to do.</summary>
    public bool Refused => Status is HttpStatusCode.NotFound or HttpStatusCode.Forbidden;

    public override string ToString() => $"{(Sends ? "send" : "read")}: {(int)Status} {Body[..Math.Min(Body.Length, 120)]}";
}

/// <summary>
/// 50 requests of one person in a channel under way at any moment, half of them sends, through the gateway and so over all replicas: each is followed by the next until the race
/// is stopped.
/// </summary>
internal sealed class Racers
{
    public const int Count = 50;

    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(60);

    private readonly ConcurrentQueue<RacedRequest> _done = new();
    private readonly HttpClient _http;
    private readonly Guid _channel;
    private readonly Task _running;
    private volatile bool _stopped;
    private int _readsSinceSend;

    private Racers(Resident person, Guid channel)
    {
        (_http, _channel) = (person.Http, channel);
        _running = Task.WhenAll(Enumerable.Range(0, Count).Select(RunAsync));
    }

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    /// <summary>Starts them; returns once as many have been let in.</summary>
    public static async Task<Racers> StartAsync(Resident person, Guid channel)
    {
        var racers = new Racers(person, channel);
        await racers.WaitAsync(() => racers._done.Count(request => request is { Succeeded: true, Sends: true }) >= Count / 2
            && racers._done.Count(request => request is { Succeeded: true, Sends: false }) >= Count / 2, "the race to be under way");
        Assert.DoesNotContain(racers._done, request => request.Refused);
        return racers;
    }

    /// <summary>No send was answered while as many reads were: each of them is past the check of its permission.</summary>
    public bool AllSendsWait => Volatile.Read(ref _readsSinceSend) >= Count;

    /// <summary>When each message that was answered with success says it was stored.</summary>
    public IEnumerable<DateTimeOffset> Stored() => _done.Where(request => request is { Sends: true, Succeeded: true })
        .Select(request => JsonDocument.Parse(request.Body).RootElement.GetProperty("createdAt").GetDateTimeOffset());

    /// <summary>Everything that was begun after this moment, once each of them has made two such requests on average.</summary>
    public async Task<IReadOnlyList<RacedRequest>> BegunAfterAsync(long moment)
    {
        await WaitAsync(() => After().Count() >= 2 * Count, "requests after the answer");
        _stopped = true;
        await _running.WaitAsync(Soon, Cancellation);
        return [.. After()];

        IEnumerable<RacedRequest> After() => _done.Where(request => request.Began > moment);
    }

    private async Task RunAsync(int number)
    {
        // Not in the constructor's thread, which starts all of them.
        await Task.Yield();
        for (var turn = 0; !_stopped; turn++)
        {
            var sends = number % 2 == 0;
            var began = Stopwatch.GetTimestamp();
            using var response = sends
                ? await _http.PostAsJsonAsync($"channels/{_channel}/messages", new { content = $"raced {number}/{turn}", nonce = $"{Guid.NewGuid():n}" }, Cancellation)
                : await _http.GetAsync(new Uri(turn % 2 == 0 ? $"channels/{_channel}/messages?limit=1" : $"channels/{_channel}/changes?after=0&limit=1", UriKind.Relative), Cancellation);
            if (sends)
                Volatile.Write(ref _readsSinceSend, 0);
            else
                Interlocked.Increment(ref _readsSinceSend);
            _done.Enqueue(new RacedRequest(sends, began, response.StatusCode, await response.Content.ReadAsStringAsync(Cancellation)));
        }
    }

    private async Task WaitAsync(Func<bool> condition, string what)
    {
        var waited = Stopwatch.StartNew();
        while (!condition())
        {
            Assert.True(waited.Elapsed < Soon, $"waited {Soon.TotalSeconds} s for {what}; {_done.Count} requests were answered");
            if (_running.IsFaulted)
                await _running;
            await Task.Delay(5, Cancellation);
        }
    }
}
