namespace Chat.Servers.Tests;

/// <summary>Losses of rights while Redis or RabbitMQ cannot be reached by servers, though others still can.</summary>
public sealed class OutageTests(LinkedDeployment linked) : IClassFixture<LinkedDeployment>
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

        await Eventually.HoldsAsync("the repair", async () => await Deployment.Readers[1].GetAsync(channel, bob.Id, Cancellation) is null);
        // Nor does messaging count on what was allowed before.
        await Eventually.HoldsAsync("the fence", async () => await FenceAsync(server) >= await RevAsync(server));
        await Eventually.HoldsAsync("the settling", async () =>
            (await Sql.ListAsync<long>(Deployment.Database, "select rev from unsettled_changes where server_id = $1 and settled_at is null", server)).Count == 0);
        await LeftAsync(client, server, key: null);
        Assert.Empty(await Sql.ListAsync<long>(Deployment.Database, "select rev from unsettled_changes where server_id = $1 and access_lost_by is not null", server));
    }

    [Theory]
    [InlineData("kick", "Redis")]
    [InlineData("kick", "RabbitMQ")]
    [InlineData("ban", "Redis")]
    [InlineData("ban", "RabbitMQ")]
    public async Task G4_while_a_store_cannot_be_told_nobody_is_kicked_or_banned_with_success_and_repeating_it_finishes_it(string what, string store)
    {
        using var community = await Community.FoundAsync(Deployment, "admin", "member");
        var (member, gate) = (community.Of("member"), store == "Redis" ? linked.Redis : linked.Rabbit);
        await InRedisAsync(community.General, member);
        gate.Shut();
        try
        {
            using var early = await RemoveAsync("k");
            Assert.Equal("1", early.Headers.RetryAfter?.ToString());
            await early.RefusedAsync(HttpStatusCode.ServiceUnavailable, "not_yet_effective");
            await (await RemoveAsync("k")).RefusedAsync(HttpStatusCode.ServiceUnavailable, "not_yet_effective");
            await (await RemoveAsync(null)).RefusedAsync(HttpStatusCode.ServiceUnavailable, "not_yet_effective");
        }
        finally
        {
            gate.Open();
        }

        await FinishedAsync(() => RemoveAsync(null), what == "ban" ? HttpStatusCode.OK : HttpStatusCode.NoContent);
        Assert.All(await Task.WhenAll(Deployment.Readers.Select(async reader => await reader.GetAsync(community.General, member.Id, Cancellation))), access => Assert.Null(access));
        Assert.True(await FenceAsync(community.Server) >= await RevAsync(community.Server));
        Assert.Empty(await Sql.ListAsync<long>(Deployment.Database, "select id from outbox where key = $1", community.Server.ToString()));
        await FinishedAsync(() => RemoveAsync("k"), what == "ban" ? HttpStatusCode.OK : HttpStatusCode.NoContent);
        Assert.Single(await Sql.ListAsync<Guid>(
            Deployment.Database, "select id from audit_log where server_id = $1 and action = $2", community.Server, what == "ban" ? "member.banned" : "member.kicked"));

        Task<HttpResponseMessage> RemoveAsync(string? key) => what == "ban"
            ? community.As("admin").SendAsync(HttpMethod.Put, $"{community.Path}/bans/{member.Id}", new { }, key)
            : community.As("admin").RemoveAsync($"{community.Path}/members/{member.Id}", key);
    }

    [Fact]
    public async Task G4_a_loss_that_nobody_could_finish_raises_the_fence_by_itself()
    {
        var (server, _, _) = await MemberAsync();
        var rev = await RevAsync(server);
        // As a process leaves it that was killed between its commit and what follows. What the joining left may not be swept yet.
        await Sql.ExecuteAsync(
            Deployment.Database,
            """
            insert into unsettled_changes (server_id, rev, access_lost, created_at)
            values ($1, $2, true, now() - interval '1 minute'), ($1, $2 + 1, false, now() - interval '1 minute')
            on conflict (server_id, rev) do update set access_lost = excluded.access_lost, created_at = excluded.created_at
            """,
            server,
            rev);
        await Eventually.HoldsAsync("the settling", async () =>
            (await Sql.ListAsync<long>(Deployment.Database, "select rev from unsettled_changes where server_id = $1 and settled_at is null", server)).Count == 0);
        Assert.Equal(rev, await FenceAsync(server));
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

        await Eventually.HoldsAsync("the repair", async () => await Deployment.Readers[0].GetAsync(channel, eve.Id, Cancellation) is not null);
        await Eventually.HoldsAsync("the debt paid", async () =>
            (await Sql.ListAsync<long>(Deployment.Database, "select rev from unsettled_changes where server_id = $1", server)).Count == 0);
    }

    [Fact]
    public async Task G4_while_Redis_cannot_be_told_no_override_is_removed_and_no_channel_deleted_with_success_and_repeating_it_finishes_it()
    {
        using var community = await Community.FoundAsync(Deployment, "admin", "member");
        var (channel, member) = ($"/api/v1/channels/{community.General}", community.Of("member"));
        var flag = Contracts.Permissions.ManageMessages;
        await community.Owner.Client.SendAsync(HttpMethod.Put, $"{channel}/overrides/{member.Id}", new { kind = "member", allow = (long)flag }, HttpStatusCode.OK);
        foreach (var path in (string[])[$"{channel}/overrides/{member.Id}", channel])
        {
            await InRedisAsync(community.General, member);
            linked.Redis.Shut();
            try
            {
                await (await community.Owner.Client.SendAsync(HttpMethod.Delete, path)).RefusedAsync(HttpStatusCode.ServiceUnavailable, "not_yet_effective");
                await (await community.Owner.Client.SendAsync(HttpMethod.Delete, path)).RefusedAsync(HttpStatusCode.ServiceUnavailable, "not_yet_effective");
            }
            finally
            {
                linked.Redis.Open();
            }

            await FinishedAsync(() => community.Owner.Client.SendAsync(HttpMethod.Delete, path));
            foreach (var reader in Deployment.Readers)
            {
                Assert.False((await reader.GetAsync(community.General, member.Id, Cancellation))?.Allows(path == channel ? Contracts.Permissions.None : flag) is true);
            }

            // Once it was answered for there is nothing left to repeat, for nobody.
            var code = path == channel ? "channel_not_found" : "override_not_found";
            await (await community.Owner.Client.SendAsync(HttpMethod.Delete, path)).RefusedAsync(HttpStatusCode.NotFound, code);
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

        await Eventually.HoldsAsync("the deletion to be finished", async () =>
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

        Task<HttpResponseMessage> DeleteAsync(string? key) => community.Owner.Client.SendAsync(HttpMethod.Delete, community.Path, new { name = "A server" }, key);
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

        await Eventually.HoldsAsync("the transfer to be finished", async () =>
        {
            using var response = await TransferAsync();
            return response.StatusCode == HttpStatusCode.OK && (await response.BodyAsync(HttpStatusCode.OK)).GetProperty("owner").GetGuid() == community.Of("member").Id;
        });
        await (await TransferAsync()).RefusedAsync(HttpStatusCode.Forbidden, "owner_only");

        Task<HttpResponseMessage> TransferAsync() => community.Owner.Client.SendAsync(HttpMethod.Post, $"{community.Path}/transfer", new { user = community.Of("member").Id });
    }

    /// <summary>The revision before which messaging believes nothing of a server.</summary>
    private async Task<long> FenceAsync(Guid server) =>
        await Sql.ListAsync<long>(Deployment.Settings["ConnectionStrings:messagingdb"] ?? "", "select access_rev from server_fences where server_id = $1", server) is [var rev] ? rev : 0;

    private async Task<long> RevAsync(Guid server) => (await Sql.ListAsync<long>(Deployment.Database, "select rev from servers where id = $1", server))[0];

    private static Task LeftAsync(HttpClient client, Guid server, string? key) => FinishedAsync(() => client.LeaveAsync(server, key));

    private static Task FinishedAsync(Func<Task<HttpResponseMessage>> repeat, HttpStatusCode done = HttpStatusCode.NoContent) => Eventually.HoldsAsync("the loss to be effective", async () =>
    {
        using var response = await repeat();
        if (response.StatusCode != done)
        {
            await response.RefusedAsync(HttpStatusCode.ServiceUnavailable, "not_yet_effective");
            return false;
        }

        return true;
    });

    /// <summary>Waits until Redis holds the model. Asks readers each time: a rebuild that met the outage of an earlier test is dropped until somebody asks again.</summary>
    private Task InRedisAsync(Guid channel, Account member) => Eventually.HoldsAsync("the model in Redis", async () =>
    {
        Assert.NotNull(await Deployment.Readers[0].GetAsync(channel, member.Id, Cancellation));
        return (await Deployment.Redis.AskAsync(_ => PatientRedis.Reader(Deployment.Redis).ReadAsync([channel], member.Id, Cancellation)))[0] is { Known: true, Access: not null };
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
}
