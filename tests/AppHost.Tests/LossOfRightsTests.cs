using System.Diagnostics;
using System.Net;

namespace Chat.AppHost.Tests;

/// <summary>
/// Promise G4 for whatever takes a right away in a server: from the moment the request is answered nothing more is accepted from, or delivered to, whoever lost it, on any replica.
/// </summary>
[Collection(SystemCollection.Name)]
public sealed class LossOfRightsTests(RunningSystem system)
{
    private const int Messages = 1000;

    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(60);

    /// <summary>A message's time is in whole milliseconds, and the clocks of processes are read apart.</summary>
    private static readonly TimeSpan ClockGrain = TimeSpan.FromMilliseconds(2);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public static TheoryData<string> Ways => [.. TakingAway.All.Keys];

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task G4_None_of_50_racing_requests_succeeds_and_none_of_1000_messages_arrives_once_it_is_answered(string way)
    {
        var taking = TakingAway.All[way];
        using var place = await Place.CreateAsync(system);
        await taking.Prepare(place);
        // Two each: the gateway spreads sockets over the replicas.
        await using var lost = await SocketReading.StartAsync(place.Loser.Client, place.Channel);
        await using var lostToo = await SocketReading.StartAsync(place.Loser.Client, place.Channel);
        await using var kept = await SocketReading.StartAsync(place.Witness.Client, place.Channel);
        await using var keptToo = await SocketReading.StartAsync(place.Witness.Client, place.Channel);
        var racers = await Racers.StartAsync(place.Loser, place.Channel);

        await using var held = await HeldChannel.HoldAsync(system, place.Channel, racers);
        var answering = taking.Take(place);
        await held.UntilFencedAsync(answering);
        // An answer that did not wait for the sends under way is caught: they are stored after it.
        if (!answering.IsCompleted)
            await held.LetGoAsync();
        await answering;
        var (answered, answeredAt) = (Stopwatch.GetTimestamp(), DateTimeOffset.UtcNow);
        var stored = taking.OwnerGets is HttpStatusCode.NotFound ? null : (long?)(await HistoryAsync(place, before: null))[^1].Seq;
        await held.LetGoAsync();

        var raced = await racers.BegunAfterAsync(answered);
        foreach (var kind in raced.ToLookup(request => taking.StillReads && !request.Sends))
        {
            Assert.All(kind, request => Assert.False(kind.Key ? request.Refused : request.Succeeded, request.ToString()));
            Assert.Contains(kind, request => kind.Key ? request.Succeeded : request.Refused);
        }
        Assert.DoesNotContain(racers.Stored(), at => at > answeredAt + ClockGrain);
        await OwnerSpeaksAsync(place, taking.OwnerGets);

        SocketReading[] receiving = taking.StillReads ? [lost, lostToo, kept, keptToo] : [kept, keptToo];
        foreach (var reading in receiving.Where(_ => taking.OwnerGets is null))
            await reading.WaitAsync(() => reading.Contents().Count(IsAfter) >= Messages, $"{Messages} messages to who may still read", Soon);
        if (!taking.StillReads)
        {
            await lost.WaitAsync(() => lost.Others().OfType<UnsubscribedFrame>().Any(), "the loser to be told", Soon);
            await lostToo.WaitAsync(() => lostToo.Others().OfType<UnsubscribedFrame>().Any(), "the loser to be told", Soon);
        }

        if (taking.Undo is { } undo)
        {
            await undo(place);
            await place.Loser.Client.SendAsync(place.Channel, "back", cancel: Cancellation);
            foreach (var reading in receiving)
                await reading.WaitForAsync("back", Soon);
        }

        foreach (var reading in new[] { lost, lostToo, kept, keptToo })
        {
            reading.AssertNoViolation();
            Assert.Equal(1, reading.Socket.Connections);
            Assert.Equal(receiving.Contains(reading) && taking.OwnerGets is null ? Messages : 0, reading.Contents().Count(IsAfter));
        }
        if (stored is { } last)
        {
            var late = (await AllByAsync(place, place.Loser.Id))
                .Where(message => message.Content != "back" && (message.Seq > last || message.CreatedAt > answeredAt + ClockGrain));
            Assert.Empty(late);
        }
    }

    private static bool IsAfter(string content) => content.StartsWith("after ", StringComparison.Ordinal);

    /// <summary>The owner sends everything at once, as fast as it goes.</summary>
    private static Task OwnerSpeaksAsync(Place place, HttpStatusCode? refusal) =>
        Parallel.ForEachAsync(Enumerable.Range(0, Messages), new ParallelOptions { MaxDegreeOfParallelism = 32, CancellationToken = Cancellation }, async (number, cancellation) =>
        {
            if (refusal is null)
            {
                await place.Owner.Client.SendAsync(place.Channel, $"after {number}", cancel: cancellation);
                return;
            }
            var refused = await Assert.ThrowsAsync<ChatApiException>(() => place.Owner.Client.SendAsync(place.Channel, $"after {number}", cancel: cancellation));
            Assert.Equal(refusal, refused.Status);
        });

    private static async Task<IReadOnlyList<ChatMessage>> HistoryAsync(Place place, long? before) =>
        (await place.Owner.Client.HistoryAsync(place.Channel, before, cancel: Cancellation)).Items;

    private static async Task<List<ChatMessage>> AllByAsync(Place place, Guid author)
    {
        var all = new List<ChatMessage>();
        for (var page = await HistoryAsync(place, before: null); page.Count > 0; page = await HistoryAsync(place, before: page[0].Seq))
            all.AddRange(page.Where(message => message.Author.Id == author));
        Assert.NotEmpty(all);
        return all;
    }
}
