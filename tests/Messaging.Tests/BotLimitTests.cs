using System.Net;
using Chat.Stores;

namespace Chat.Messaging.Tests;

/// <summary>Whom programs count with.</summary>
public sealed class BotLimitTests(LimitedReplicas replicas) : IClassFixture<LimitedReplicas>
{
    private static readonly (string, string)[] Long = [("Limits:Channel:Window", "01:00:00"), ("Limits:Person:Window", "01:00:00"), ("Limits:Changes:Window", "01:00:00")];

    [Fact]
    public async Task All_tokens_of_a_bot_count_with_the_bot_and_its_owner_has_their_own_limits()
    {
        await using var replica = replicas.Start(Long);
        var (owner, bot, tokens) = await BotAsync(replica);
        for (var i = 0; i < 5; i++)
            await tokens[i % 2].SendAsync($"{i}");

        foreach (var client in tokens)
        {
            using var refused = await client.TryAsync();
            var problem = await refused.ExpectProblemAsync(HttpStatusCode.TooManyRequests, "rate_limited");
            Assert.Equal("channel", problem.GetProperty("limit").GetString());
        }

        for (var i = 0; i < 5; i++)
            await owner.SendAsync($"{i}");
        await owner.TryAsync().ExpectProblemAsync(HttpStatusCode.TooManyRequests, "rate_limited");
        Assert.Equal(5, (await owner.HistoryAsync()).Items.Count(message => message.Author.Id == bot));
    }

    [Fact]
    public async Task A_bot_sends_ten_over_all_channels_with_whichever_token()
    {
        await using var replica = replicas.Start(Long);
        var (owner, _, tokens) = await BotAsync(replica);
        var other = await replicas.World.AddChannelAsync(owner);
        for (var i = 0; i < 5; i++)
        {
            await tokens[0].SendAsync($"{i}");
            await new ChannelClient(tokens[1].Http, other.Channel).SendAsync($"{i}");
        }

        var third = await replicas.World.AddChannelAsync(owner);
        using var refused = await new ChannelClient(tokens[0].Http, third.Channel).TryAsync();
        Assert.Equal("person", (await refused.ExpectProblemAsync(HttpStatusCode.TooManyRequests, "rate_limited")).GetProperty("limit").GetString());
    }

    [Fact]
    public async Task Slow_mode_holds_for_bots_and_for_the_tokens_of_people_as_for_themselves()
    {
        await using var replica = replicas.Start();
        var (owner, _, tokens) = await BotAsync(replica);
        var guest = await replicas.World.PersonAsync("guest");
        await replicas.World.JoinAsync(owner, guest);
        var person = new ChannelClient(replica.CreateClient(guest.Token), owner.Channel);
        var script = new ChannelClient(replica.CreateClient(await replicas.World.ScriptTokenAsync(guest, "messages:write")), owner.Channel);
        await replicas.World.SetSlowModeAsync(owner, 3600);

        await tokens[0].SendAsync("a bot's");
        await script.SendAsync("a script's");

        foreach (var client in new[] { tokens[0], tokens[1], person, script })
            await client.TryAsync().ExpectProblemAsync(HttpStatusCode.TooManyRequests, "slow_mode");
    }

    [Fact]
    public async Task Changes_of_a_script_count_with_its_person_and_those_of_a_bot_with_the_bot()
    {
        await using var replica = replicas.Start(Long);
        var (owner, _, tokens) = await BotAsync(replica);
        var script = new ChannelClient(replica.CreateClient(await replicas.World.ScriptTokenAsync(owner.Owner, "messages:write")), owner.Channel);
        var message = (await owner.SendAsync("change me")).Id;
        for (var i = 0; i < 20; i++)
            await (i % 2 == 0 ? script : owner).ReactAsync(message, i % 4 < 2 ? "❤" : "🎉").ExpectAsync(HttpStatusCode.OK);

        foreach (var client in new[] { script, owner })
        {
            using var refused = await client.EditAsync(message, "too many");
            Assert.Equal("changes", (await refused.ExpectProblemAsync(HttpStatusCode.TooManyRequests, "rate_limited")).GetProperty("limit").GetString());
        }

        for (var i = 0; i < 20; i++)
            await tokens[i % 2].ReactAsync(message, "❤").ExpectAsync(HttpStatusCode.OK);
        foreach (var client in tokens)
            await client.ReactAsync(message, "🎉").ExpectProblemAsync(HttpStatusCode.TooManyRequests, "rate_limited");
    }

    /// <summary>A room whose owner has a bot in it, with two tokens.</summary>
    private async Task<(Room Owner, Guid Bot, ChannelClient[] Tokens)> BotAsync(RunningService<MessagingService> replica)
    {
        var world = replicas.World;
        var owner = (await replicas.OwnerAsync(replica))[0];
        var bot = await world.BotAsync(owner.Owner);
        var tokens = new List<ChannelClient>();
        for (var i = 0; i < 2; i++)
        {
            var token = await world.BotTokenAsync(owner.Owner, bot, "messages:read", "messages:write", "servers:write");
            if (i == 0)
                await world.JoinAsync(owner, new Account(bot, "bot", token, ""));
            tokens.Add(new ChannelClient(replica.CreateClient(token), owner.Channel));
        }

        return (owner, bot, [.. tokens]);
    }
}
