using System.Net;
using Chat.Messaging.Limits;
using Chat.Stores;
using StackExchange.Redis;

namespace Chat.Messaging.Tests;

public sealed class LocalLimitTests(LimitedReplicas replicas) : IClassFixture<LimitedReplicas>
{
    private static readonly TimeSpan Recovery = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task Without_Redis_a_replica_keeps_the_limits_by_itself_and_fails_nothing()
    {
        var redis = ConfigurationOptions.Parse(replicas.World.Redis);
        var server = redis.EndPoints[0] as IPEndPoint ?? throw new InvalidOperationException("Redis has no address.");
        await using var gate = new TcpGate(server.Address.ToString(), server.Port);
        redis.EndPoints.Clear();
        redis.EndPoints.Add("127.0.0.1", gate.Port);
        await using var replica = replicas.Start(
            ("ConnectionStrings:redis", redis.ToString(includePassword: true)), ("Limits:Channel:Window", "01:00:00"));
        var owner = (await replicas.OwnerAsync(replica))[0];
        await owner.SendAsync("with Redis");

        gate.Shut();
        var answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => owner.TryAsync()));

        Assert.Equal(5, answers.Count(answer => answer.StatusCode == HttpStatusCode.Created));
        foreach (var answer in answers.Where(answer => answer.StatusCode != HttpStatusCode.Created))
            await answer.ExpectProblemAsync(HttpStatusCode.TooManyRequests, "rate_limited");
        Assert.All(answers, answer => Assert.StartsWith("\"channel\";q=5;w=3600", answer.Header("RateLimit-Policy"), StringComparison.Ordinal));

        // Redis knows of one message.
        gate.Open();
        await Eventually.HoldsAsync("Redis decides again", Recovery, async () =>
        {
            using var sent = await owner.TryAsync();
            return sent.StatusCode == HttpStatusCode.Created;
        });
    }

    [Fact]
    public void By_itself_a_replica_keeps_slow_mode_and_lets_the_same_nonce_pass()
    {
        var clock = new ManualClock();
        var local = new LocalLimits(clock, capacity: 10);
        var request = Request("a", slow: new SlowTurn("slow", TimeSpan.FromSeconds(60), "first"));

        Assert.Null(local.Decide(request, count: true).RefusedBy);
        Assert.Null(local.Decide(request, count: true).RefusedBy);
        var other = request with { Slow = new SlowTurn("slow", TimeSpan.FromSeconds(60), "second") };
        var refused = local.Decide(other, count: true);
        Assert.Equal((SlowTurn.Name, TimeSpan.FromSeconds(60)), (refused.RefusedBy, refused.Wait));
        clock.Pass(TimeSpan.FromSeconds(60));
        Assert.Null(local.Decide(other, count: true).RefusedBy);
    }

    [Fact]
    public void By_itself_a_replica_lets_five_pass_and_then_one_each_second()
    {
        var clock = new ManualClock();
        var local = new LocalLimits(clock, capacity: 10);
        for (var i = 4; i >= 0; i--)
        {
            var decision = local.Decide(Request("a"), count: true);
            Assert.Equal((null, i, 5 - i), (decision.RefusedBy, decision.Levels[0].Remaining, decision.Levels[0].Full));
        }

        for (var second = 0; second < 3; second++)
        {
            var refused = local.Decide(Request("a"), count: true);
            Assert.Equal(("channel", TimeSpan.FromSeconds(1)), (refused.RefusedBy, refused.Wait));
            clock.Pass(TimeSpan.FromSeconds(1) - TimeSpan.FromMicroseconds(1));
            Assert.Equal(TimeSpan.FromMicroseconds(1), local.Decide(Request("a"), count: true).Wait);
            clock.Pass(TimeSpan.FromMicroseconds(1));
            Assert.Null(local.Decide(Request("a"), count: true).RefusedBy);
        }

        clock.Pass(TimeSpan.FromMinutes(1));
        Assert.Equal(5, local.Decide(Request("a"), count: false).Levels[0].Remaining);
    }

    [Fact]
    public void G6_counters_of_a_replica_have_a_bound_and_nobody_is_refused_for_it()
    {
        var clock = new ManualClock();
        var local = new LocalLimits(clock, capacity: 100);
        for (var i = 0; i < 1000; i++)
        {
            Assert.Null(local.Decide(Request($"{i}", new SlowTurn($"slow {i}", TimeSpan.FromSeconds(2), "n")), count: true).RefusedBy);
            Assert.InRange(local.Count, 1, 100);
        }

        // Whoever has not sent for a while makes room.
        clock.Pass(TimeSpan.FromSeconds(10));
        for (var i = 0; i < 5; i++)
            Assert.Null(local.Decide(Request("new"), count: true).RefusedBy);
        Assert.Equal("channel", local.Decide(Request("new"), count: true).RefusedBy);
        Assert.Equal(1, local.Count);
    }

    [Fact]
    public void By_itself_a_replica_gives_a_turn_back_as_Redis_does()
    {
        var local = new LocalLimits(new ManualClock(), capacity: 10);
        var (first, second) = (new SlowTurn("slow", TimeSpan.FromSeconds(60), "first"), new SlowTurn("slow", TimeSpan.FromSeconds(60), "second"));
        local.Decide(new LimitRequest([], first), count: true);
        local.Decide(new LimitRequest([], first), count: true);

        local.GiveBack(second);
        local.GiveBack(first);
        Assert.Equal(SlowTurn.Name, local.Decide(new LimitRequest([], second), count: true).RefusedBy);
        local.GiveBack(first);
        Assert.Null(local.Decide(new LimitRequest([], second), count: true).RefusedBy);
    }

    private static LimitRequest Request(string key, SlowTurn? slow = null) => new([new CountedRate("channel", key, 5, TimeSpan.FromSeconds(5))], slow);

    private sealed class ManualClock : TimeProvider
    {
        private long _now = TimeSpan.FromDays(1).Ticks;

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => _now;

        public void Pass(TimeSpan time) => _now += time.Ticks;
    }
}
