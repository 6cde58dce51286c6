using System.Diagnostics;
using System.Net;
using System.Text;
using Chat.Stores;

namespace Chat.Messaging.Tests;

public sealed class SendLimitTests(LimitedReplicas replicas) : IClassFixture<LimitedReplicas>
{
    private const string Policy = "\"channel\";q=5;w=5, \"person\";q=10;w=1";

    private static CancellationToken Ending => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Of_a_hundred_sends_at_once_over_two_replicas_five_pass_and_then_one_a_second()
    {
        var owner = await replicas.OwnerAsync();
        using (await owner[1].Http.GetAsync(owner[1].Messages, Ending))
        {
            // Both replicas have looked at the token before it counts.
        }

        var started = Stopwatch.StartNew();
        var answers = await Task.WhenAll(Enumerable.Range(0, 100).Select(i => owner[i % 2].TryAsync()));
        var latest = 5 + (int)started.Elapsed.TotalSeconds;

        var passed = answers.Count(answer => answer.StatusCode == HttpStatusCode.Created);
        Assert.InRange(passed, 5, latest);
        foreach (var answer in answers.Where(answer => answer.StatusCode != HttpStatusCode.Created))
        {
            var problem = await answer.ExpectProblemAsync(HttpStatusCode.TooManyRequests, "rate_limited");
            Assert.Equal("channel", problem.GetProperty("limit").GetString());
            Assert.InRange(answer.Wait(problem), TimeSpan.FromMilliseconds(1), TimeSpan.FromSeconds(1));
        }

        Assert.Equal(passed, (await owner[0].HistoryAsync()).Items.Length);
    }

    [Fact]
    public async Task After_the_time_that_a_refusal_names_one_passes_and_no_more()
    {
        // One each two seconds. Where the machine stands still, one more may pass before the first that does not.
        await using var replica = replicas.Start(("Limits:Channel:Window", "00:00:10"));
        var owner = (await replicas.OwnerAsync(replica))[0];
        for (var i = 0; i < 5; i++)
            await owner.SendAsync($"{i}");
        var asked = Stopwatch.StartNew();
        var refused = await owner.TryAsync();
        for (var i = 0; i < 50 && refused.StatusCode == HttpStatusCode.Created; i++)
        {
            refused.Dispose();
            asked.Restart();
            refused = await owner.TryAsync();
        }

        var problem = await refused.ExpectProblemAsync(HttpStatusCode.TooManyRequests, "rate_limited");

        // What a client does with it.
        var wait = refused.Wait(problem);
        refused.Dispose();
        await Task.Delay(wait, Ending);
        using var passes = await owner.TryAsync();
        using var tooMany = await owner.TryAsync();

        await passes.ExpectAsync(HttpStatusCode.Created);
        Assert.True(tooMany.StatusCode == HttpStatusCode.TooManyRequests || asked.Elapsed > wait + TimeSpan.FromSeconds(2), "The next waits for its own time.");
    }

    [Fact]
    public async Task A_person_sends_ten_over_all_channels_and_a_refused_send_counts_nowhere()
    {
        await using var replica = replicas.Start(("Limits:Person:Window", "01:00:00"), ("Limits:Channel:Window", "01:00:00"));
        var rooms = new List<Room>((await replicas.OwnerAsync(replica)).Take(1));
        for (var i = 0; i < 2; i++)
        {
            var room = await replicas.World.OpenRoomAsync(rooms[0].Owner);
            rooms.Add(new Room(rooms[0].Http, room.Channel, room.Server, room.Owner));
        }

        var answers = await Task.WhenAll(rooms.SelectMany(room => Enumerable.Range(0, 4).Select(_ => room.TryAsync())));
        Assert.Equal(10, answers.Count(answer => answer.StatusCode == HttpStatusCode.Created));
        var refused = answers.Where(answer => answer.StatusCode != HttpStatusCode.Created).ToArray();
        foreach (var answer in refused)
        {
            var problem = await answer.ExpectProblemAsync(HttpStatusCode.TooManyRequests, "rate_limited");
            Assert.Equal("person", problem.GetProperty("limit").GetString());
            Assert.InRange(answer.Wait(problem), TimeSpan.FromMinutes(1), TimeSpan.FromMinutes(6));
        }

        // Of each channel's five only what was stored there is taken.
        foreach (var room in rooms)
        {
            using var answer = await room.TryAsync();
            var stored = (await room.HistoryAsync()).Items.Length;
            Assert.Contains($"\"channel\";r={5 - stored};", answer.Header("RateLimit"), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Every_answer_of_a_send_says_how_the_limits_stand()
    {
        var owner = (await replicas.OwnerAsync())[0];
        var stranger = new ChannelClient(owner.Http, Guid.NewGuid());

        using var sent = await owner.TryAsync();
        await sent.ExpectAsync(HttpStatusCode.Created);
        Assert.Equal("\"channel\";r=4;t=1, \"person\";r=9;t=1", sent.Header("RateLimit"));

        using var invalid = await owner.PostAsync(new { content = "", nonce = "n" });
        await invalid.ExpectProblemAsync(HttpStatusCode.BadRequest, "validation_failed");
        using var text = new StringContent("{", Encoding.UTF8, "application/json");
        using var malformed = await owner.Http.PostAsync(owner.Messages, text, Ending);
        await malformed.ExpectProblemAsync(HttpStatusCode.BadRequest, "malformed_request");
        using var unknown = await stranger.TryAsync();
        await unknown.ExpectProblemAsync(HttpStatusCode.NotFound, "channel_not_found");

        foreach (var answer in new[] { sent, invalid, malformed, unknown })
        {
            Assert.Equal(Policy, answer.Header("RateLimit-Policy"));
            Assert.Matches("""^"channel";r=[0-5];t=[0-5], "person";r=([0-9]|10);t=[01]$""", answer.Header("RateLimit"));
        }

        // What was not counted took nothing.
        Assert.StartsWith("\"channel\";r=5;t=0", unknown.Header("RateLimit"), StringComparison.Ordinal);

        for (var i = 0; i < 50; i++)
        {
            using var answer = await owner.TryAsync();
            Assert.Equal(Policy, answer.Header("RateLimit-Policy"));
            if (answer.StatusCode == HttpStatusCode.TooManyRequests)
            {
                Assert.Contains("r=0", answer.Header("RateLimit"), StringComparison.Ordinal);
                return;
            }
        }

        Assert.Fail("Nothing was refused.");
    }

    [Fact]
    public async Task A_token_of_a_script_counts_with_its_person()
    {
        await using var replica = replicas.Start(("Limits:Channel:Window", "01:00:00"));
        var owner = (await replicas.OwnerAsync(replica))[0];
        var script = new ChannelClient(replica.CreateClient(await replicas.World.ScriptTokenAsync(owner.Owner, "messages:write")), owner.Channel);
        for (var i = 0; i < 5; i++)
        {
            using var sent = await (i % 2 == 0 ? script : owner).TryAsync();
            await sent.ExpectAsync(HttpStatusCode.Created);
        }

        using var byScript = await script.TryAsync();
        using var byPerson = await owner.TryAsync();

        await byScript.ExpectProblemAsync(HttpStatusCode.TooManyRequests, "rate_limited");
        await byPerson.ExpectProblemAsync(HttpStatusCode.TooManyRequests, "rate_limited");
    }

    [Fact]
    public async Task People_do_not_count_for_one_another()
    {
        await using var replica = replicas.Start(("Limits:Channel:Window", "01:00:00"));
        var owner = (await replicas.OwnerAsync(replica))[0];
        var guest = await replicas.World.JoinAsync(owner);
        var other = new ChannelClient(replica.CreateClient(guest.Http.DefaultRequestHeaders.Authorization?.Parameter), owner.Channel);
        for (var i = 0; i < 5; i++)
            await owner.SendAsync($"{i}");

        using var refused = await owner.TryAsync();
        using var sent = await other.TryAsync();

        await refused.ExpectProblemAsync(HttpStatusCode.TooManyRequests, "rate_limited");
        await sent.ExpectAsync(HttpStatusCode.Created);
    }

    [Fact]
    public async Task A_limit_of_zero_is_off_and_so_are_all_by_the_switch()
    {
        await using var one = replicas.Start(("Limits:Channel:Quota", "0"), ("Limits:Person:Window", "01:00:00"));
        await using var none = replicas.Start(("Limits:Enabled", "false"));
        var owner = await replicas.OwnerAsync(one, none);

        for (var i = 0; i < 10; i++)
        {
            using var sent = await owner[0].TryAsync();
            await sent.ExpectAsync(HttpStatusCode.Created);
            Assert.Equal("\"person\";q=10;w=3600", sent.Header("RateLimit-Policy"));
        }

        using var refused = await owner[0].TryAsync();
        await refused.ExpectProblemAsync(HttpStatusCode.TooManyRequests, "rate_limited");
        foreach (var sent in await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => owner[1].TryAsync())))
        {
            await sent.ExpectAsync(HttpStatusCode.Created);
            Assert.False(sent.Headers.Contains("RateLimit"));
        }
    }

    [Theory]
    [InlineData("Limits:Channel:Quota", "-1")]
    [InlineData("Limits:Person:Window", "00:00:00")]
    [InlineData("Limits:RedisTimeout", "00:00:00")]
    [InlineData("Limits:LocalCounters", "0")]
    public void Settings_that_make_no_sense_stop_the_start(string key, string value) =>
        Assert.Contains("Limits:", Assert.ThrowsAny<Exception>(() => replicas.Start((key, value))).Message, StringComparison.Ordinal);
}
