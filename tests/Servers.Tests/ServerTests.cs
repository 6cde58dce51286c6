using System.Net.Http.Headers;
using System.Text;

namespace Chat.Servers.Tests;

public sealed class ServerTests(ServersFixture fixture)
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_new_server_has_its_owner_a_general_channel_and_the_built_in_roles()
    {
        var ada = await fixture.Deployment.SignUpAsync("ada");
        using var client = fixture.Deployment.ClientOf(ada);

        using var response = await client.PostAsJsonAsync("/api/v1/servers", new { name = "  Caf\u0065\u0301 Society " }, Cancellation);
        var server = await response.BodyAsync(HttpStatusCode.Created);

        Assert.Equal($"/api/v1/servers/{server.Id()}", response.Headers.Location?.ToString());
        Assert.Equal("Caf\u00e9 Society", server.GetProperty("name").GetString());
        Assert.Equal(ada.Id, server.GetProperty("owner").GetGuid());
        Assert.Equal(1, server.GetProperty("rev").GetInt64());
        Assert.Equal(1, server.GetProperty("memberCount").GetInt32());
        var channel = Assert.Single(server.GetProperty("channels").EnumerateArray());
        Assert.Equal(("general", "text", server.Id()), (channel.GetProperty("name").GetString(), channel.GetProperty("kind").GetString(), channel.GetProperty("server").GetGuid()));
        Assert.Equal(["guest", "member", "moderator", "admin", "owner"], server.GetProperty("roles").EnumerateArray().Select(role => role.GetProperty("builtIn").GetString()));
        Assert.Equal((long)Contracts.Permissions.All, server.GetProperty("me").GetProperty("permissions").GetInt64());
        Assert.Equal(server.GetRawText(), (await client.ReadAsync($"/api/v1/servers/{server.Id()}")).GetRawText());
        Assert.Equal(channel.GetRawText(), (await client.ReadAsync($"/api/v1/servers/{server.Id()}/channels")).GetProperty("items")[0].GetRawText());
    }

    [Theory]
    [InlineData("{}", "required")]
    [InlineData("""{"name":null}""", "required")]
    [InlineData("""{"name":""}""", "too_short")]
    [InlineData("""{"name":"  a  "}""", "too_short")]
    [InlineData("""{"name":"a\u0000b"}""", "invalid_characters")]
    [InlineData("""{"name":"a\nb"}""", "invalid_characters")]
    [InlineData("""{"name":"safe\u202egpj.exe"}""", "invalid_characters")]
    [InlineData("""{"name":"a\u2066b"}""", "invalid_characters")]
    [InlineData("""{"name":"a\u200bb"}""", "invalid_characters")]
    [InlineData("""{"name":"a\ufeffb"}""", "invalid_characters")]
    public async Task A_bad_name_is_refused_by_field(string body, string code)
    {
        using var client = fixture.Deployment.ClientOf(await fixture.Deployment.SignUpAsync("ada"));
        using var content = new StringContent(body, Encoding.UTF8, "application/json");
        await (await client.PostAsync(new Uri("/api/v1/servers", UriKind.Relative), content, Cancellation))
            .RefusedAsync(HttpStatusCode.BadRequest, "validation_failed", "name", code);
    }

    [Fact]
    public async Task A_name_may_have_100_characters_of_any_plane_and_not_101()
    {
        using var client = fixture.Deployment.ClientOf(await fixture.Deployment.SignUpAsync("ada"));
        var longest = string.Concat(Enumerable.Repeat("\U0001F600", 100));
        Assert.Equal(longest, (await client.CreateServerAsync(longest)).GetProperty("name").GetString());
        await (await client.PostAsync("/api/v1/servers", null, new { name = longest + "x" })).RefusedAsync(HttpStatusCode.BadRequest, "validation_failed", "name", "too_long");
        await (await client.PostAsync("/api/v1/servers", null, new { name = new string('x', 500_000) })).RefusedAsync(HttpStatusCode.BadRequest, "validation_failed", "name", "too_long");
    }

    [Theory]
    [InlineData("", "application/json", HttpStatusCode.BadRequest, "malformed_request")]
    [InlineData("{", "application/json", HttpStatusCode.BadRequest, "malformed_request")]
    [InlineData("[]", "application/json", HttpStatusCode.BadRequest, "malformed_request")]
    [InlineData("""{"name":7}""", "application/json", HttpStatusCode.BadRequest, "malformed_request")]
    [InlineData("""{"name":"\ud800 lone"}""", "application/json", HttpStatusCode.BadRequest, "malformed_request")]
    [InlineData("name=x", "application/x-www-form-urlencoded", HttpStatusCode.UnsupportedMediaType, "unsupported_media_type")]
    public async Task A_bad_body_is_refused(string body, string type, HttpStatusCode status, string code)
    {
        using var client = fixture.Deployment.ClientOf(await fixture.Deployment.SignUpAsync("ada"));
        using var content = new StringContent(body, Encoding.UTF8, type);
        await (await client.PostAsync(new Uri("/api/v1/servers", UriKind.Relative), content, Cancellation)).RefusedAsync(status, code);
    }

    [Fact]
    public async Task Nobody_gets_in_without_a_token()
    {
        using var client = fixture.Deployment.Replicas[0].CreateClient();
        var id = Guid.CreateVersion7();
        foreach (var path in new[] { "servers", $"servers/{id}", $"servers/{id}/channels", $"servers/{id}/members", $"servers/{id}/invites", $"channels/{id}/permissions/@me" })
        {
            await client.RefusesAsync($"/api/v1/{path}", HttpStatusCode.Unauthorized, "unauthenticated");
        }

        await (await client.PostAsync("/api/v1/servers", null, new { name = "Mine" })).RefusedAsync(HttpStatusCode.Unauthorized, "unauthenticated");
    }

    [Fact]
    public async Task To_a_stranger_a_server_looks_like_one_that_does_not_exist()
    {
        var deployment = fixture.Deployment;
        using var owner = deployment.ClientOf(await deployment.SignUpAsync("ada"));
        using var stranger = deployment.ClientOf(await deployment.SignUpAsync("bob"));
        var server = await owner.CreateServerAsync();

        foreach (var id in new[] { server.Id(), Guid.CreateVersion7() })
        {
            foreach (var path in new[] { "", "/channels", "/members", "/invites", "/members?limit=0" })
            {
                await stranger.RefusesAsync($"/api/v1/servers/{id}{path}", HttpStatusCode.NotFound, "server_not_found");
            }

            await (await stranger.LeaveAsync(id)).RefusedAsync(HttpStatusCode.NotFound, "server_not_found");
            await (await stranger.PostAsync($"/api/v1/servers/{id}/invites", null, new { })).RefusedAsync(HttpStatusCode.NotFound, "server_not_found");
            await (await stranger.DeleteAsync(new Uri($"/api/v1/servers/{id}/invites/AAAAAAAA", UriKind.Relative), Cancellation)).RefusedAsync(HttpStatusCode.NotFound, "server_not_found");
        }

        await stranger.RefusesAsync("/api/v1/servers/not-an-id", HttpStatusCode.NotFound, "not_found");
    }

    [Fact]
    public async Task An_unchanged_server_is_not_sent_again()
    {
        var deployment = fixture.Deployment;
        using var client = deployment.ClientOf(await deployment.SignUpAsync("ada"));
        using var stranger = deployment.ClientOf(await deployment.SignUpAsync("bob"));
        var server = (await client.CreateServerAsync()).Id();

        using var first = await client.GetAsync(new Uri($"/api/v1/servers/{server}", UriKind.Relative), Cancellation);
        Assert.Equal("\"1\"", first.Headers.ETag?.ToString());
        using var same = await GetAsync(client, server, "\"1\"");
        Assert.Equal(HttpStatusCode.NotModified, same.StatusCode);
        Assert.Empty(await same.Content.ReadAsByteArrayAsync(Cancellation));
        using var strange = await GetAsync(stranger, server, "\"1\"");
        await strange.RefusedAsync(HttpStatusCode.NotFound, "server_not_found");

        await client.InviteAsync(server);
        using var changed = await GetAsync(client, server, "\"1\", W/\"7\"");
        Assert.Equal(2, (await changed.BodyAsync(HttpStatusCode.OK)).GetProperty("rev").GetInt64());
        Assert.Equal("\"2\"", changed.Headers.ETag?.ToString());
    }

    [Fact]
    public async Task My_servers_come_in_pages()
    {
        using var client = fixture.Deployment.ClientOf(await fixture.Deployment.SignUpAsync("ada"));
        var created = new List<Guid>();
        for (var index = 0; index < 5; index++)
        {
            created.Add((await client.CreateServerAsync($"Number {index}")).Id());
        }

        var listed = new List<Guid>();
        var path = "/api/v1/servers?limit=2";
        for (var pages = 1; ; pages++)
        {
            var page = await client.ReadAsync(path);
            listed.AddRange(page.GetProperty("items").EnumerateArray().Select(item => item.Id()));
            if (!page.TryGetProperty("next", out var next))
            {
                Assert.Equal(3, pages);
                break;
            }

            path = $"/api/v1/servers?limit=2&cursor={next.GetString()}";
        }

        Assert.Equal(created, listed);
        Assert.False((await client.ReadAsync("/api/v1/servers?limit=5")).TryGetProperty("next", out _));
    }

    [Theory]
    [InlineData("limit=0", "validation_failed", "limit", "out_of_range")]
    [InlineData("limit=101", "validation_failed", "limit", "out_of_range")]
    [InlineData("limit=x", "malformed_request", null, null)]
    [InlineData("cursor=x", "validation_failed", "cursor", "invalid")]
    [InlineData("cursor=AAAA", "validation_failed", "cursor", "invalid")]
    [InlineData("cursor=%00", "validation_failed", "cursor", "invalid")]
    public async Task A_bad_page_request_is_refused(string query, string code, string? field, string? fieldCode)
    {
        using var client = fixture.Deployment.ClientOf(await fixture.Deployment.SignUpAsync("ada"));
        var server = (await client.CreateServerAsync()).Id();
        await client.RefusesAsync($"/api/v1/servers?{query}", HttpStatusCode.BadRequest, code, field, fieldCode);
        await client.RefusesAsync($"/api/v1/servers/{server}/members?{query}", HttpStatusCode.BadRequest, code, field, fieldCode);
    }

    [Fact]
    public async Task G2_the_same_key_twenty_times_in_parallel_over_two_replicas_makes_one_server()
    {
        var deployment = fixture.Deployment;
        var ada = await deployment.SignUpAsync("ada");
        using var one = deployment.ClientOf(ada, 0);
        using var two = deployment.ClientOf(ada, 1);

        var answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(async index =>
        {
            using var response = await (index % 2 == 0 ? one : two).PostAsync("/api/v1/servers", "the-key", new { name = "Once" });
            return (await response.BodyAsync(HttpStatusCode.Created)).GetRawText() + response.Headers.Location;
        }));

        Assert.Single(answers.Distinct());
        Assert.Single((await one.ReadAsync("/api/v1/servers")).GetProperty("items").EnumerateArray());
        await (await two.PostAsync("/api/v1/servers", "the-key", new { name = "Other" })).RefusedAsync(HttpStatusCode.UnprocessableEntity, "idempotency_key_reused");
        await (await two.PostAsync("/api/v1/servers", new string('k', 256), new { name = "Other" })).RefusedAsync(HttpStatusCode.BadRequest, "validation_failed");
    }

    [Fact]
    public async Task A_user_is_in_100_servers_at_most_however_they_come_in()
    {
        var deployment = fixture.Deployment;
        using var host = deployment.ClientOf(await deployment.SignUpAsync("host"));
        var code = await host.InviteAsync((await host.CreateServerAsync()).Id());
        using var client = deployment.ClientOf(await deployment.SignUpAsync("ada"));

        var statuses = new List<HttpStatusCode>();
        await Parallel.ForEachAsync(Enumerable.Range(0, 104), new ParallelOptions { MaxDegreeOfParallelism = 8, CancellationToken = Cancellation }, async (index, _) =>
        {
            using var response = await client.PostAsync("/api/v1/servers", null, new { name = $"Number {index}" });
            lock (statuses)
            {
                statuses.Add(response.StatusCode);
            }
        });

        Assert.Equal(100, statuses.Count(status => status == HttpStatusCode.Created));
        Assert.Equal(4, statuses.Count(status => status == HttpStatusCode.Conflict));
        await (await client.PostAsync("/api/v1/servers", null, new { name = "One more" })).RefusedAsync(HttpStatusCode.Conflict, "too_many_servers");
        await (await client.AcceptAsync(code)).RefusedAsync(HttpStatusCode.Conflict, "too_many_servers");
    }

    private static async Task<HttpResponseMessage> GetAsync(HttpClient client, Guid server, string known)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, $"/api/v1/servers/{server}");
        foreach (var tag in known.Split(", "))
        {
            request.Headers.IfNoneMatch.Add(EntityTagHeaderValue.Parse(tag));
        }

        return await client.SendAsync(request, Cancellation);
    }
}
