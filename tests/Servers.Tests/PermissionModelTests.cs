using Chat.Access;
using Chat.Servers.Access;
using StackExchange.Redis;
using Granted = Chat.Contracts.Permissions;

namespace Chat.Servers.Tests;

/// <summary>The rule by which a stale write loses, on Redis itself.</summary>
public sealed class PermissionModelTests(ServersFixture fixture)
{
    private static readonly Guid Role = Guid.CreateVersion7();

    private readonly Guid _server = Guid.CreateVersion7();
    private readonly Guid _channel = Guid.CreateVersion7();
    private readonly Guid _user = Guid.CreateVersion7();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private IConnectionMultiplexer Redis => fixture.Deployment.Redis;

    private PermissionModelWriter Writer => PatientRedis.Writer(Redis);

    [Fact]
    public async Task Deltas_in_order_are_applied()
    {
        await RebuildAsync(rev: 4, member: false);
        Assert.Equal(DeltaOutcome.Applied, await Writer.ApplyAsync(Join(5), Cancellation));
        Assert.Equal(new ModelAnswer(true, new ChannelAccess(_server, Granted.ViewChannel, 5)), await ReadAsync());
        Assert.Equal(DeltaOutcome.Applied, await Writer.ApplyAsync(Leave(6), Cancellation));
        Assert.Equal(new ModelAnswer(true, null), await ReadAsync());
    }

    [Fact]
    public async Task A_delta_that_overtakes_another_waits_for_it()
    {
        await RebuildAsync(rev: 4, member: false);
        // In production it waits no more than moments; here the other may be long in coming.
        var leave = PatientRedis.Writer(Redis, gapWaits: Enumerable.Repeat(TimeSpan.FromMilliseconds(20), 3000)).ApplyAsync(Leave(6), Cancellation);
        Assert.Equal(DeltaOutcome.Applied, await Writer.ApplyAsync(Join(5), Cancellation));
        Assert.Equal(DeltaOutcome.Applied, await leave);
        Assert.Equal(new ModelAnswer(true, null), await ReadAsync());
    }

    [Fact]
    public async Task After_a_gap_nothing_is_shown_and_the_late_delta_is_ignored()
    {
        await RebuildAsync(rev: 4, member: true);
        Assert.Equal(DeltaOutcome.Gap, await Writer.TryApplyAsync(Leave(6), force: false, Cancellation));
        Assert.Equal(DeltaOutcome.Wiped, await Writer.ApplyAsync(Leave(6), Cancellation));
        Assert.False((await ReadAsync()).Known);
        Assert.Equal(DeltaOutcome.Past, await Writer.ApplyAsync(Join(5), Cancellation));
        Assert.False((await ReadAsync()).Known);
        Assert.True(await RebuildAsync(rev: 6, member: false));
        Assert.Equal(new ModelAnswer(true, null), await ReadAsync());
    }

    [Fact]
    public async Task The_same_delta_twice_is_applied_once()
    {
        await RebuildAsync(rev: 4, member: false);
        await Writer.ApplyAsync(Join(5), Cancellation);
        await Writer.ApplyAsync(Leave(6), Cancellation);
        Assert.Equal(DeltaOutcome.Past, await Writer.ApplyAsync(Join(5), Cancellation));
        Assert.Equal(new ModelAnswer(true, null), await ReadAsync());
    }

    [Fact]
    public async Task A_rebuild_older_than_a_delta_is_ignored()
    {
        var nonce = await BeginAsync();
        Assert.Equal(DeltaOutcome.Wiped, await Writer.ApplyAsync(Leave(5), Cancellation));
        Assert.False(await Writer.CommitAsync(nonce, Snapshot(4, member: true), Cancellation));
        Assert.False((await ReadAsync()).Known);
        Assert.True(await Writer.CommitAsync(nonce, Snapshot(5, member: false), Cancellation));
        Assert.Equal(new ModelAnswer(true, null), await ReadAsync());
    }

    [Fact]
    public async Task A_delta_just_after_a_rebuild_of_the_revision_before_is_applied_to_it()
    {
        var nonce = await BeginAsync();
        Assert.True(await Writer.CommitAsync(nonce, Snapshot(4, member: true), Cancellation));
        Assert.Equal(DeltaOutcome.Applied, await Writer.ApplyAsync(Leave(5), Cancellation));
        Assert.Equal(new ModelAnswer(true, null), await ReadAsync());
    }

    [Fact]
    public async Task A_rebuild_that_began_before_Redis_lost_its_memory_is_ignored()
    {
        var nonce = await BeginAsync();
        await Writer.ApplyAsync(Leave(5), Cancellation);
        await ForgetAsync();
        Assert.False(await Writer.CommitAsync(nonce, Snapshot(4, member: true), Cancellation));
        Assert.False((await ReadAsync()).Known);

        // Also when another rebuild has begun since.
        await BeginAsync();
        Assert.False(await Writer.CommitAsync(nonce, Snapshot(4, member: true), Cancellation));
        Assert.False((await ReadAsync()).Known);
    }

    [Fact]
    public async Task Rebuilds_of_two_replicas_at_once_do_not_hinder_each_other()
    {
        var (one, two) = (await BeginAsync(), await BeginAsync());
        Assert.True(await Writer.CommitAsync(two, Snapshot(5, member: false), Cancellation));
        Assert.False(await Writer.CommitAsync(one, Snapshot(4, member: true), Cancellation));
        Assert.Equal(new ModelAnswer(true, null), await ReadAsync());
        Assert.Null(await Writer.BeginAsync(_server, _channel, Cancellation));
    }

    [Fact]
    public async Task A_delta_on_empty_Redis_leaves_the_answer_to_servers()
    {
        Assert.Equal(DeltaOutcome.Wiped, await Writer.ApplyAsync(Join(5), Cancellation));
        Assert.False((await ReadAsync()).Known);
    }

    [Fact]
    public async Task Overtaking_empties_an_older_model_and_spares_a_newer_one()
    {
        Assert.Equal(DeltaOutcome.Past, await Writer.OvertakeAsync(_server, 5, Cancellation));
        await RebuildAsync(rev: 5, member: true);
        Assert.Equal(DeltaOutcome.Past, await Writer.OvertakeAsync(_server, 5, Cancellation));
        Assert.True((await ReadAsync()).Known);
        Assert.Equal(DeltaOutcome.Wiped, await Writer.OvertakeAsync(_server, 6, Cancellation));
        Assert.False((await ReadAsync()).Known);
    }

    [Fact]
    public async Task A_value_that_cannot_be_read_leaves_the_answer_to_servers()
    {
        await RebuildAsync(rev: 4, member: true);
        await Redis.AskAsync(store => store.HashSetAsync(PermissionModel.ServerKey(_server), PermissionModel.Channel(_channel), "of a later version"));
        Assert.False((await ReadAsync()).Known);
    }

    [Fact]
    public async Task G4_no_order_of_writes_rebuilds_and_losses_shows_a_member_whose_leaving_was_answered()
    {
        var random = new Random(7);
        for (var round = 0; round < 150; round++)
        {
            await ForgetAsync();
            var (rev, member) = (1L, false);
            var deltas = new List<ModelDelta>();
            var unanswered = new HashSet<ModelDelta>();
            var rebuilds = new List<(string Nonce, ModelSnapshot? Snapshot)>();
            for (var step = 0; step < 40; step++)
            {
                switch (random.Next(7))
                {
                    case 0:
                        rev++;
                        member = !member;
                        deltas.Add(member ? Join(rev) : Leave(rev));
                        if (!member)
                        {
                            unanswered.Add(deltas[^1]);
                        }

                        break;
                    case 1:
                        deltas.Add(new ModelDelta(_server, ++rev));
                        break;
                    case 2 when deltas.Count > 0:
                        // Whichever comes first arrives first, and may arrive again.
                        var delta = unanswered.Count > 0 && random.Next(2) == 0 ? unanswered.First() : deltas[random.Next(deltas.Count)];
                        await Writer.TryApplyAsync(delta, force: true, Cancellation);
                        unanswered.Remove(delta);
                        break;
                    case 3 when await Writer.BeginAsync(_server, _channel, Cancellation) is { } nonce:
                        rebuilds.Add((nonce, null));
                        break;
                    case 4 when rebuilds.Count > 0:
                        var index = random.Next(rebuilds.Count);
                        rebuilds[index] = rebuilds[index] with { Snapshot = rebuilds[index].Snapshot ?? Snapshot(rev, member) };
                        break;
                    case 5 when rebuilds.FindLastIndex(rebuild => rebuild.Snapshot is not null) is >= 0 and var ready:
                        await Writer.CommitAsync(rebuilds[ready].Nonce, rebuilds[ready].Snapshot ?? throw new InvalidOperationException(), Cancellation);
                        rebuilds.RemoveAt(ready);
                        break;
                    case 6 when random.Next(2) == 0:
                        await ForgetAsync();
                        break;
                }

                if (!member && unanswered.Count == 0)
                {
                    Assert.True((await ReadAsync()).Access is null, $"Round {round}, step {step} shows a member who has left.");
                }
            }
        }
    }

    private ModelDelta Join(long rev) => new ModelDelta(_server, rev).WithMember(_user, [Role]);

    private ModelDelta Leave(long rev) => new ModelDelta(_server, rev).WithoutMember(_user);

    private ModelSnapshot Snapshot(long rev, bool member)
    {
        List<KeyValuePair<string, string>> fields =
        [
            new(PermissionModel.Owner, Guid.CreateVersion7().ToString()),
            new(PermissionModel.Role(Role), PermissionModel.Encode(Granted.ViewChannel)),
            new(PermissionModel.Channel(_channel), ""),
        ];
        if (member)
        {
            fields.Add(new(PermissionModel.Member(_user), PermissionModel.Encode([Role])));
        }

        return new ModelSnapshot(_server, rev, fields, [_channel]);
    }

    private async Task<string> BeginAsync() => await Writer.BeginAsync(_server, _channel, Cancellation) ?? throw new InvalidOperationException("The model is complete.");

    private async Task<bool> RebuildAsync(long rev, bool member) =>
        await Writer.BeginAsync(_server, _channel, Cancellation) is { } nonce && await Writer.CommitAsync(nonce, Snapshot(rev, member), Cancellation);

    private async Task<ModelAnswer> ReadAsync() => (await Redis.AskAsync(_ => PatientRedis.Reader(Redis).ReadAsync([_channel], _user, Cancellation)))[0];

    /// <summary>What a restart of Redis does, for this server alone.</summary>
    private Task ForgetAsync() => Redis.AskAsync(store => store.KeyDeleteAsync([PermissionModel.ServerKey(_server), PermissionModel.ChannelKey(_channel)]));
}
