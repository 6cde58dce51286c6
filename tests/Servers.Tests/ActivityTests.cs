using Chat.Contracts;
using Chat.Servers.Discovery;
using MassTransit;
using Microsoft.Extensions.DependencyInjection;

namespace Chat.Servers.Tests;

public sealed class ActivityTests(ServersFixture fixture)
{
    private static readonly DateTimeOffset Noon = new(2026, 5, 1, 12, 0, 0, TimeSpan.Zero);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private Deployment Deployment => fixture.Deployment;

    [Fact]
    public void What_happened_three_days_ago_counts_half()
    {
        var once = Activity.Add(0, 100, Noon);
        Assert.Equal(100, Activity.ChangesAt(once, Noon), 1e-6);
        Assert.Equal(50, Activity.ChangesAt(once, Noon.AddDays(3)), 1e-6);
        Assert.Equal(25, Activity.ChangesAt(once, Noon.AddDays(6)), 1e-6);
        Assert.Equal(100 + 50, Activity.ChangesAt(Activity.Add(once, 100, Noon.AddDays(3)), Noon.AddDays(3)), 1e-6);
    }

    [Fact]
    public void Recent_beats_old_and_much_beats_little()
    {
        Assert.True(Activity.Add(0, 10, Noon) > Activity.Add(0, 10, Noon.AddHours(-1)));
        Assert.True(Activity.Add(0, 11, Noon) > Activity.Add(0, 10, Noon));
        Assert.True(Activity.Add(0, 1000, Noon.AddDays(-3)) > Activity.Add(0, 499, Noon));
        Assert.True(Activity.Add(0, 1000, Noon.AddDays(-3)) < Activity.Add(0, 501, Noon));
        // Nothing at all is less than anything ever.
        Assert.True(Activity.Add(0, 1, DateTimeOffset.UnixEpoch.AddYears(40)) > 0);
    }

    [Fact]
    public void It_is_the_same_in_whatever_portions_and_order_it_comes()
    {
        var whole = Activity.Add(0, 10, Noon);
        var portions = 0d;
        for (var one = 0; one < 10; one++)
        {
            portions = Activity.Add(portions, 1, Noon);
        }

        Assert.Equal(whole, portions, 1e-9);
        Assert.Equal(
            Activity.Add(Activity.Add(0, 3, Noon), 5, Noon.AddDays(1)),
            Activity.Add(Activity.Add(0, 5, Noon.AddDays(1)), 3, Noon),
            1e-9);
    }

    [Fact]
    public void It_does_not_overflow()
    {
        var late = new DateTimeOffset(2100, 1, 1, 0, 0, 0, TimeSpan.Zero);
        var activity = 0d;
        for (var day = -365; day <= 0; day++)
        {
            activity = Activity.Add(activity, long.MaxValue, late.AddDays(day));
        }

        Assert.True(double.IsFinite(activity));
        Assert.InRange(activity, 10_000, 12_000);
        Assert.True(Activity.Add(activity, 1_000_000, late) > activity - 1e-9);
        Assert.Throws<ArgumentOutOfRangeException>(() => Activity.Add(0, 0, Noon));
    }

    [Fact]
    public async Task What_messaging_measures_is_added_once_raises_no_revision_and_is_not_lost_beside_changes()
    {
        using var owner = Deployment.ClientOf(await Deployment.SignUpAsync("ada"));
        var server = (await owner.CreateServerAsync()).Id();
        var bus = Deployment.Replicas[0].Services.GetRequiredService<IBus>();
        var unknown = Guid.CreateVersion7();
        using var heard = new Consumption<ServerActivityMeasured>(Deployment, measured => measured.Server == server || measured.Server == unknown);
        var expected = 0d;
        for (var minute = 0; minute < 5; minute++)
        {
            var at = Noon.AddMinutes(minute);
            expected = Activity.Add(expected, 10 + minute, at);
            var invites = Enumerable.Range(0, 4).Select(_ => owner.InviteAsync(server)).ToList();

            var measured = new ServerActivityMeasured { Server = server, Changes = 10 + minute, At = at };
            await bus.Publish(measured, Cancellation);
            await Eventually.HoldsAsync("the measurement", async () => await HeardAsync(server) == at);

            // A repetition adds nothing, nor does an earlier one that comes late.
            await bus.Publish(measured, Cancellation);
            await bus.Publish(new ServerActivityMeasured { Server = server, Changes = 1000, At = at.AddMinutes(-1) }, Cancellation);
            await Task.WhenAll(invites);
        }

        await bus.Publish(new ServerActivityMeasured { Server = unknown, Changes = 1, At = Noon }, Cancellation);
        await heard.ReachesAsync(16);
        Assert.Equal(expected, (await Sql.ListAsync<double>(Deployment.Database, "select activity from servers where id = $1", server))[0], 1e-9);
        Assert.Equal(21, (await owner.ReadAsync($"/api/v1/servers/{server}")).GetProperty("rev").GetInt64());
    }

    private async Task<DateTimeOffset?> HeardAsync(Guid server) =>
        (await Sql.ListAsync<DateTime>(Deployment.Database, "select activity_at from servers where id = $1 and activity_at is not null", server)) is [var at] ? new DateTimeOffset(at, TimeSpan.Zero) : null;
}
