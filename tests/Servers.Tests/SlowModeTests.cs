using Chat.Access;
using Granted = Chat.Contracts.Permissions;

namespace Chat.Servers.Tests;

/// <summary>What readers of permissions are told of slow mode.</summary>
public sealed class SlowModeTests(ServersFixture fixture)
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private Deployment Deployment => fixture.Deployment;

    [Fact]
    public async Task A_change_of_slow_mode_is_in_every_answer_at_once_and_whoever_keeps_order_is_exempt()
    {
        using var crowd = await Crowd.FoundAsync(Deployment);
        var (member, moderator) = (await crowd.JoinAsync(), await crowd.JoinAsync("mo", replica: 1, crowd.Role("moderator")));
        await InRedisAsync(crowd.General, member);
        Assert.Equal(0, await SeenAsync(crowd.General, member));

        foreach (var seconds in (int[])[30, 21_600, 0, 5])
        {
            await (await crowd.Owner.Client.EditAsync(Channel(crowd), new { slowMode = seconds })).BodyAsync(HttpStatusCode.OK);
            Assert.Equal((seconds, 0, 0), (await SeenAsync(crowd.General, member), await SeenAsync(crowd.General, moderator), await SeenAsync(crowd.General, crowd.Owner)));
        }

        // Other changes of the channel's rules keep it.
        await (await crowd.Owner.Client.SendAsync(HttpMethod.Put, $"{Channel(crowd)}/overrides/{member.Id}", new { kind = "member", allow = (long)Granted.ViewChannel }))
            .BodyAsync(HttpStatusCode.OK);
        await (await crowd.Owner.Client.EditAsync(Channel(crowd), new { @private = true })).BodyAsync(HttpStatusCode.OK);
        Assert.Equal(5, await SeenAsync(crowd.General, member));
    }

    [Fact]
    public async Task Whoever_may_manage_messages_or_the_channel_there_is_exempt_there()
    {
        using var crowd = await Crowd.FoundAsync(Deployment);
        var (one, two) = (await crowd.JoinAsync(), await crowd.JoinAsync("cat"));
        await (await crowd.Owner.Client.EditAsync(Channel(crowd), new { slowMode = 60 })).BodyAsync(HttpStatusCode.OK);
        foreach (var (person, flag) in ((Person, Granted)[])[(one, Granted.ManageMessages), (two, Granted.ManageChannels)])
        {
            Assert.Equal(60, await SeenAsync(crowd.General, person));
            var path = $"{Channel(crowd)}/overrides/{person.Id}";
            await (await crowd.Owner.Client.SendAsync(HttpMethod.Put, path, new { kind = "member", allow = (long)flag })).BodyAsync(HttpStatusCode.OK);
            Assert.Equal(0, await SeenAsync(crowd.General, person));
            await (await crowd.Owner.Client.RemoveAsync(path)).DoneAsync();
            Assert.Equal(60, await SeenAsync(crowd.General, person));
        }
    }

    [Fact]
    public async Task A_channel_made_with_slow_mode_has_it_from_the_start_in_the_model_and_in_what_servers_answer()
    {
        using var crowd = await Crowd.FoundAsync(Deployment);
        var member = await crowd.JoinAsync();
        await InRedisAsync(crowd.General, member);
        using var response = await crowd.Owner.Client.PostAsync($"{crowd.Path}/channels", null, new { name = "slow", kind = "text", slowMode = 120 });
        var channel = (await response.BodyAsync(HttpStatusCode.Created)).Id();
        await InRedisAsync(channel, member);
        Assert.Equal(120, await InModelAsync(channel, member));

        // Without the model servers answer, and what they rebuild says the same.
        await Deployment.ForgetModelAsync(crowd.Server);
        Assert.Equal((120, 0), (await SeenAsync(channel, member), await SeenAsync(channel, crowd.Owner)));
        using var service = Deployment.Replicas[0].CreateClient(Deployment.Identity.ServiceToken("servers"));
        Assert.Equal(120, (await service.ReadAsync($"/internal/channels/{channel}/permissions/{member.Id}")).GetProperty("slowMode").GetInt32());
        await InRedisAsync(channel, member);
        Assert.Equal(120, await InModelAsync(channel, member));
    }

    [Theory]
    [InlineData("", 0, false)]
    [InlineData("!", 0, true)]
    [InlineData("018f0000-0000-7000-8000-000000000000:1:2", 0, false)]
    [InlineData("!018f0000-0000-7000-8000-000000000000:1:2", 0, true)]
    [InlineData("15;", 15, false)]
    [InlineData("!15;018f0000-0000-7000-8000-000000000000:1:2", 15, true)]
    public void What_was_written_before_there_was_slow_mode_means_none(string value, int slowMode, bool isPrivate)
    {
        var rules = PermissionModel.DecodeRules(value) ?? throw new InvalidOperationException("It cannot be read.");
        Assert.Equal((slowMode, isPrivate), (rules.SlowMode, rules.Private));
        Assert.Equal(value.Contains("018f", StringComparison.Ordinal) ? 1 : 0, rules.Overrides.Count);
        Assert.Equal(value, PermissionModel.Encode(rules));
    }

    [Theory]
    [InlineData("-1;")]
    [InlineData("x;")]
    [InlineData(";")]
    [InlineData("1;2;")]
    [InlineData("99999999999;")]
    public void What_is_no_slow_mode_is_left_to_servers(string value) => Assert.Null(PermissionModel.DecodeRules(value));

    private static string Channel(Crowd crowd) => $"/api/v1/channels/{crowd.General}";

    /// <summary>What both ways of asking, on two replicas of another service, say of somebody who may view the channel.</summary>
    private async Task<int> SeenAsync(Guid channel, Person person)
    {
        var seen = new HashSet<int?>();
        foreach (var reader in Deployment.Readers)
        {
            seen.Add((await reader.GetAsync(channel, person.Id, Cancellation))?.SlowMode);
            seen.Add((await reader.GetManyAsync([channel], person.Id, Cancellation))[channel].SlowMode);
        }

        return Assert.Single(seen) ?? throw new InvalidOperationException("The channel cannot be seen.");
    }

    private async Task<int?> InModelAsync(Guid channel, Person person) =>
        (await Deployment.Redis.AskAsync(_ => PatientRedis.Reader(Deployment.Redis).ReadAsync([channel], person.Id, Cancellation)))[0].Access?.SlowMode;

    /// <summary>Whoever asks has it built where it is not whole.</summary>
    private Task InRedisAsync(Guid channel, Person person) => Eventually.HoldsAsync("the model in Redis", async () =>
    {
        await Deployment.Readers[0].GetAsync(channel, person.Id, Cancellation);
        return await InModelAsync(channel, person) is not null;
    });
}
