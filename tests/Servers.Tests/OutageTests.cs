namespace Chat.Servers.Tests;

/// <summary>Losses of rights while Redis or RabbitMQ cannot be reached by servers, though others still can.</summary>
public sealed class OutageTests(OutageTests.LinkedDeployment linked) : IClassFixture<OutageTests.LinkedDeployment>
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private Deployment Deployment => linked.Deployment;

    [Fact]
    public async Task G4_while_Redis_cannot_be_told_a_leave_is_not_answered_with_success_and_repeating_it_finishes_it()
    {
        var (server, channel, bob) = await MemberAsync();
        using var client = Deployment.ClientOf(bob);
        await InRedisAsync(channel, bob);

        linked.Redis.Shut();
        try
        {
            using var early = await client.LeaveAsync(server, "k");
            Assert.Equal("1", early.Headers.RetryAfter?.ToString());
            await early.RefusedAsync(HttpStatusCode.ServiceUnavailable, "not_yet_effective");
            await (await client.LeaveAsync(server)).RefusedAsync(HttpStatusCode.ServiceUnavailable, "not_yet_effective");
        }
        finally
        {
            linked.Redis.Open();
        }

        await LeftAsync(client, server, key: null);
        foreach (var reader in Deployment.Readers)
        {
            Assert.Null(await reader.GetAsync(channel, bob.Id, Cancellation));
        }

        using var replay = await client.LeaveAsync(server, "k");
        Assert.Equal(HttpStatusCode.NoContent, replay.StatusCode);
        await (await client.LeaveAsync(server)).RefusedAsync(HttpStatusCode.NotFound, "server_not_found");
    }

    [Fact]
    public async Task G4_while_RabbitMQ_cannot_be_told_a_leave_is_not_answered_with_success_and_repeating_it_finishes_it()
    {
        var (server, channel, bob) = await MemberAsync();
        using var client = Deployment.ClientOf(bob);

        linked.Rabbit.Shut();
        try
        {
            await (await client.LeaveAsync(server, "k")).RefusedAsync(HttpStatusCode.ServiceUnavailable, "not_yet_effective");
        }
        finally
        {
            linked.Rabbit.Open();
        }

        await LeftAsync(client, server, key: "k");
        Assert.Empty(await Sql.ListAsync<long>(Deployment.Database, "select id from outbox where key = $1", server.ToString()));
        Assert.Null(await Deployment.Readers[0].GetAsync(channel, bob.Id, Cancellation));
    }

    [Fact]
    public async Task What_Redis_missed_is_repaired_without_anybody_asking_again()
    {
        var (server, channel, bob) = await MemberAsync();
        using var client = Deployment.ClientOf(bob);
        await InRedisAsync(channel, bob);

        linked.Redis.Shut();
        try
        {
            await (await client.LeaveAsync(server)).RefusedAsync(HttpStatusCode.ServiceUnavailable, "not_yet_effective");
        }
        finally
        {
            linked.Redis.Open();
        }

        await Eventually.TrueAsync("the repair", async () => await Deployment.Readers[1].GetAsync(channel, bob.Id, Cancellation) is null);
        await LeftAsync(client, server, key: null);
        Assert.Empty(await Sql.ListAsync<long>(Deployment.Database, "select rev from unsettled_changes where server_id = $1 and access_lost_by is not null", server));
    }

    [Fact]
    public async Task Joining_works_without_Redis_and_shows_in_it_once_it_is_back()
    {
        var (server, channel, _) = await MemberAsync();
        var eve = await Deployment.SignUpAsync("eve");
        using var client = Deployment.ClientOf(eve);
        var code = (await Sql.ListAsync<string>(Deployment.Database, "select code from invites where server_id = $1", server))[0];

        linked.Redis.Shut();
        try
        {
            await (await client.AcceptAsync(code)).BodyAsync(HttpStatusCode.OK);
            Assert.Equal(channel, (await client.ReadAsync($"/api/v1/channels/{channel}/permissions/@me")).GetProperty("channel").GetGuid());
        }
        finally
        {
            linked.Redis.Open();
        }

        await Eventually.TrueAsync("the repair", async () => await Deployment.Readers[0].GetAsync(channel, eve.Id, Cancellation) is not null);
        await Eventually.TrueAsync("the debt paid", async () =>
            (await Sql.ListAsync<long>(Deployment.Database, "select rev from unsettled_changes where server_id = $1", server)).Count == 0);
    }

    [Fact]
    public async Task G4_while_Redis_cannot_be_told_no_override_is_removed_and_no_channel_deleted_with_success_and_repeating_it_finishes_it()
    {
        using var community = await Community.FoundAsync(Deployment, "admin", "member");
        var (channel, member) = ($"/api/v1/channels/{community.General}", community.Of("member"));
        var flag = Contracts.Permissions.ManageMessages;
        await community.Owner.SendAsync(HttpMethod.Put, $"{channel}/overrides/{member.Id}", new { kind = "member", allow = (long)flag }, HttpStatusCode.OK);
        foreach (var path in (string[])[$"{channel}/overrides/{member.Id}", channel])
        {
            await InRedisAsync(community.General, member);
            linked.Redis.Shut();
            try
            {
                await (await community.Owner.SendAsync(HttpMethod.Delete, path)).RefusedAsync(HttpStatusCode.ServiceUnavailable, "not_yet_effective");
                await (await community.Owner.SendAsync(HttpMethod.Delete, path)).RefusedAsync(HttpStatusCode.ServiceUnavailable, "not_yet_effective");
            }
            finally
            {
                linked.Redis.Open();
            }

            await FinishedAsync(() => community.Owner.SendAsync(HttpMethod.Delete, path));
            foreach (var reader in Deployment.Readers)
            {
                Assert.False((await reader.GetAsync(community.General, member.Id, Cancellation))?.Allows(path == channel ? Contracts.Permissions.None : flag) is true);
            }

            // Once it was answered for there is nothing left to repeat, for nobody.
            var code = path == channel ? "channel_not_found" : "override_not_found";
            await (await community.Owner.SendAsync(HttpMethod.Delete, path)).RefusedAsync(HttpStatusCode.NotFound, code);
            await (await community.As("admin").SendAsync(HttpMethod.Delete, path)).RefusedAsync(HttpStatusCode.NotFound, code);
        }
    }

    [Fact]
    public async Task G4_a_deletion_that_could_not_be_told_is_finished_by_repeating_it_though_the_server_is_gone()
    {
        using var community = await Community.FoundAsync(Deployment, "owner", "member");
        await InRedisAsync(community.General, community.Of("member"));
        linked.Redis.Shut();
        try
        {
            await (await DeleteAsync("k")).RefusedAsync(HttpStatusCode.ServiceUnavailable, "not_yet_effective");
            await (await DeleteAsync(null)).RefusedAsync(HttpStatusCode.ServiceUnavailable, "not_yet_effective");
            await (await community.As("member").SendAsync(HttpMethod.Delete, community.Path, new { name = "A server" })).RefusedAsync(HttpStatusCode.NotFound, "server_not_found");
        }
        finally
        {
            linked.Redis.Open();
        }

        await Eventually.TrueAsync("the deletion to be finished", async () =>
        {
            using var response = await DeleteAsync(null);
            return response.StatusCode == HttpStatusCode.NoContent;
        });
        foreach (var reader in Deployment.Readers)
        {
            Assert.Null(await reader.GetAsync(community.General, community.Of("member").Id, Cancellation));
        }

        using var replay = await DeleteAsync("k");
        Assert.Equal(HttpStatusCode.NoContent, replay.StatusCode);
        await (await DeleteAsync(null)).RefusedAsync(HttpStatusCode.NotFound, "server_not_found");

        Task<HttpResponseMessage> DeleteAsync(string? key) => community.Owner.SendAsync(HttpMethod.Delete, community.Path, new { name = "A server" }, key);
    }

    [Fact]
    public async Task G4_a_transfer_that_could_not_be_told_is_finished_by_the_former_owner_repeating_it()
    {
        using var community = await Community.FoundAsync(Deployment, "owner", "member");
        await InRedisAsync(community.General, community.Of("member"));
        linked.Redis.Shut();
        try
        {
            await (await TransferAsync()).RefusedAsync(HttpStatusCode.ServiceUnavailable, "not_yet_effective");
        }
        finally
        {
            linked.Redis.Open();
        }

        await Eventually.TrueAsync("the transfer to be finished", async () =>
        {
            using var response = await TransferAsync();
            return response.StatusCode == HttpStatusCode.OK && (await response.BodyAsync(HttpStatusCode.OK)).GetProperty("owner").GetGuid() == community.Of("member").Id;
        });
        await (await TransferAsync()).RefusedAsync(HttpStatusCode.Forbidden, "owner_only");

        Task<HttpResponseMessage> TransferAsync() => community.Owner.SendAsync(HttpMethod.Post, $"{community.Path}/transfer", new { user = community.Of("member").Id });
    }

    private static Task LeftAsync(HttpClient client, Guid server, string? key) => FinishedAsync(() => client.LeaveAsync(server, key));

    private static Task FinishedAsync(Func<Task<HttpResponseMessage>> repeat) => Eventually.TrueAsync("the loss to be effective", async () =>
    {
        using var response = await repeat();
        if (response.StatusCode != HttpStatusCode.NoContent)
        {
            await response.RefusedAsync(HttpStatusCode.ServiceUnavailable, "not_yet_effective");
            return false;
        }

        return true;
    });

    /// <summary>Waits until Redis holds the model. Asks readers each time: a rebuild that met the outage of an earlier test is dropped until somebody asks again.</summary>
    private Task InRedisAsync(Guid channel, Account member) => Eventually.TrueAsync("the model in Redis", async () =>
    {
        Assert.NotNull(await Deployment.Readers[0].GetAsync(channel, member.Id, Cancellation));
        return (await new Chat.Access.PermissionModelReader(Deployment.Redis, TimeProvider.System).ReadAsync([channel], member.Id, Cancellation))[0] is { Known: true, Access: not null };
    });

    private async Task<(Guid Server, Guid Channel, Account Bob)> MemberAsync()
    {
        var (ada, bob) = (await Deployment.SignUpAsync("ada"), await Deployment.SignUpAsync("bob"));
        using var owner = Deployment.ClientOf(ada);
        using var client = Deployment.ClientOf(bob);
        var server = await owner.CreateServerAsync();
        await (await client.AcceptAsync(await owner.InviteAsync(server.Id()))).BodyAsync(HttpStatusCode.OK);
        Assert.NotNull(await Deployment.Readers[0].GetAsync(server.General(), bob.Id, Cancellation));
        return (server.Id(), server.General(), bob);
    }

    /// <summary>A deployment whose servers reach Redis and RabbitMQ through gates that can be shut.</summary>
    public sealed class LinkedDeployment(ServersFixture fixture) : IAsyncLifetime
    {
        internal Deployment Deployment { get; private set; } = null!;

        internal TcpGate Redis { get; private set; } = null!;

        internal TcpGate Rabbit { get; private set; } = null!;

        /// <inheritdoc/>
        public async ValueTask InitializeAsync()
        {
            var redis = fixture.Stores.Redis.Split(',', 2);
            var address = redis[0].Split(':');
            Redis = new TcpGate(address[0], int.Parse(address[1], System.Globalization.CultureInfo.InvariantCulture));
            var rabbit = new UriBuilder(fixture.Stores.RabbitMq);
            Rabbit = new TcpGate(rabbit.Host, rabbit.Port);
            (rabbit.Host, rabbit.Port) = ("127.0.0.1", Rabbit.Port);
            Deployment = await Deployment.StartAsync(fixture.Stores, redisDatabase: 3, $"127.0.0.1:{Redis.Port},{redis.ElementAtOrDefault(1)}", rabbit.Uri.ToString());
        }

        /// <inheritdoc/>
        public async ValueTask DisposeAsync()
        {
            await Deployment.DisposeAsync();
            await Redis.DisposeAsync();
            await Rabbit.DisposeAsync();
        }
    }
}
