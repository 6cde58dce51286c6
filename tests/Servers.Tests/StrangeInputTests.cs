using System.Text;

namespace Chat.Servers.Tests;

/// <summary>G11: whatever is sent, the answer is a success or a problem with a code, never a failure of the service.</summary>
public sealed class StrangeInputTests(ServersFixture fixture)
{
    private static readonly string[] Values =
    [
        "null", "true", "-1", "0", "1.5", "1e400", "9223372036854775807", "-9223372036854775808", "\"\"", "\" \"", "\"a\\u0000b\"", "\"\\ud800\"", "\"\\udc00x\"", "\"\\ufffe\\uffff\"",
        "\"\\u202e\\u200b\"", "\"\\u200d\\u200d\"", "\"\\u3164\\u3164\\u3164\"", "[]", "{}", "[null]", "[5]", "[\"\"]", "[\"x\",{}]", "[[]]", "{\"id\":null}", "[{\"id\":5}]", "\"00000000-0000-0000-0000-000000000000\"",
        "\"0001-01-01T00:00:00Z\"", "\"9999-12-31T23:59:59.9999999-14:00\"", $"\"{new string('x', 40_000)}\"", $"\"{string.Concat(Enumerable.Repeat("e\\u0301", 3000))}\"",
    ];

    private static readonly string[] Bodies = ["", "null", "5", "\"x\"", "[]", "{", "{\"name\":", "{}", "{\"\":1}", "{\"name\":\"a\",\"name\":5}", "\u0000", $"{new string('[', 200)}"];

    private static readonly string[] Segments = ["%20", "x", "@me", "%C3%28", "%ED%A0%80", "a%2Fb", "%E2%80%AE", new('A', 3000), "23456789", "ABCDEFGH", "%F0%9F%98%80", "'%3B--"];

    private static readonly string[] Queries = ["", "x", "-1", "0", "101", "99999999999999999999", "1.5", "%00", "%ED%A0%80", "%C3%28", "%25%25", "'%22\\", "AAAA", "____________________", "null", "2999-99-99", new('A', 2000)];

    private Deployment Deployment => fixture.Deployment;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task G11_every_field_of_every_body_takes_any_value_without_a_failure()
    {
        using var crowd = await Crowd.FoundAsync(Deployment);
        var bob = await crowd.JoinAsync();
        var role = await crowd.MakeAsync("Role");
        var channel = $"/api/v1/channels/{crowd.General}";
        (HttpMethod Method, string Path, string[] Fields)[] routes =
        [
            // First, before its name is one of these values.
            (HttpMethod.Delete, crowd.Path, ["name"]),
            (HttpMethod.Post, "/api/v1/servers", ["name", "description", "public", "category", "tags", "icon", "banner", "newcomers", "template"]),
            (HttpMethod.Patch, crowd.Path, ["name", "description", "public", "category", "tags", "icon", "banner", "newcomers"]),
            (HttpMethod.Post, $"{crowd.Path}/transfer", ["user"]),
            (HttpMethod.Post, $"{crowd.Path}/channels", ["name", "kind", "category", "topic", "slowMode", "private"]),
            (HttpMethod.Patch, $"{crowd.Path}/channels", ["channels", "categories"]),
            (HttpMethod.Patch, channel, ["name", "topic", "slowMode", "category"]),
            (HttpMethod.Put, $"{channel}/overrides/{role}", ["kind", "allow", "deny"]),
            (HttpMethod.Post, $"{crowd.Path}/categories", ["name"]),
            (HttpMethod.Post, crowd.Roles, ["name", "permissions", "colour", "hoist", "mentionable"]),
            (HttpMethod.Patch, $"{crowd.Roles}/{role}", ["name", "permissions", "colour", "hoist", "mentionable"]),
            (HttpMethod.Patch, crowd.Roles, ["roles"]),
            (HttpMethod.Post, $"{crowd.Path}/permissions/preview", ["role", "deleteRole", "member", "override", "channel"]),
            (HttpMethod.Patch, crowd.Member(bob), ["nickname", "roles", "timeoutUntil"]),
            (HttpMethod.Put, $"{crowd.Path}/bans/{Guid.CreateVersion7()}", ["reason", "deleteMessagesHours"]),
            (HttpMethod.Post, $"{crowd.Path}/bans", ["users", "reason", "deleteMessagesHours"]),
            (HttpMethod.Post, $"{crowd.Path}/invites", ["maxUses", "expiresInSeconds", "membershipSeconds", "temporary"]),
            (HttpMethod.Put, $"{crowd.Path}/vanity", ["code"]),
            (HttpMethod.Post, $"{crowd.Path}/templates", ["name", "description"]),
        ];
        var failures = new List<string>();
        foreach (var (method, path, fields) in routes)
        {
            foreach (var body in Bodies.Concat(fields.SelectMany(field => Values.Select(value => $$"""{"{{field}}":{{value}}}"""))))
            {
                using var response = await crowd.Owner.Client.SendAsync(method, path, body);
                await NoteAsync(failures, response, $"{method} {path} {Start(body)}");
            }
        }

        Assert.True(failures.Count == 0, string.Join('\n', failures));
        // And it is still what it was.
        Assert.Equal(crowd.Server, (await crowd.ReadAsync()).Id());
    }

    [Fact]
    public async Task G11_every_part_of_an_address_takes_any_text_without_a_failure()
    {
        using var crowd = await Crowd.FoundAsync(Deployment);
        (HttpMethod Method, string Before, string After)[] routes =
        [
            (HttpMethod.Get, "/api/v1/servers/", ""), (HttpMethod.Get, "/api/v1/channels/", ""), (HttpMethod.Get, $"{crowd.Path}/members/", ""), (HttpMethod.Get, $"{crowd.Roles}/", ""),
            (HttpMethod.Get, $"{crowd.Path}/bans/", ""), (HttpMethod.Get, "/api/v1/invites/", ""), (HttpMethod.Post, "/api/v1/invites/", "/accept"), (HttpMethod.Delete, $"{crowd.Path}/invites/", ""),
            (HttpMethod.Post, $"{crowd.Path}/invites/", "/regenerate"), (HttpMethod.Get, "/api/v1/templates/", ""), (HttpMethod.Put, $"{crowd.Path}/templates/", ""), (HttpMethod.Delete, $"{crowd.Path}/templates/", ""),
            (HttpMethod.Put, $"/api/v1/channels/{crowd.General}/overrides/", ""), (HttpMethod.Get, $"/api/v1/channels/{crowd.General}/permissions/", ""),
        ];
        var failures = new List<string>();
        foreach (var (method, before, after) in routes)
        {
            foreach (var segment in Segments)
            {
                using var response = await crowd.Owner.Client.SendAsync(method, before + segment + after, method == HttpMethod.Put ? "{}" : null);
                await NoteAsync(failures, response, $"{method} {before}{Start(segment)}{after}");
            }
        }

        Assert.True(failures.Count == 0, string.Join('\n', failures));
    }

    [Fact]
    public async Task G11_every_question_and_header_takes_any_text_without_a_failure()
    {
        using var crowd = await Crowd.FoundAsync(Deployment);
        (string Path, string[] Names)[] lists =
        [
            ("/api/v1/servers", ["limit", "cursor"]), ($"{crowd.Path}/members", ["q", "role", "limit", "cursor"]), ($"{crowd.Roles}/{crowd.Role("member")}/members", ["limit", "cursor"]),
            ($"{crowd.Path}/bans", ["limit", "cursor"]), ($"{crowd.Path}/invites", ["limit", "cursor"]), ($"{crowd.Path}/audit-log", ["actor", "action", "target", "before", "after", "limit", "cursor"]),
            ("/api/v1/discovery", ["q", "category", "tag", "sort", "limit", "cursor"]), ($"/api/v1/channels/{crowd.General}/permissions/@me", ["explain"]),
        ];
        var failures = new List<string>();
        foreach (var (path, names) in lists)
        {
            foreach (var query in names.SelectMany(name => Queries.Select(value => $"?{name}={value}")))
            {
                using var response = await crowd.Owner.Client.GetAsync(new Uri(path + query, UriKind.Relative), Cancellation);
                await NoteAsync(failures, response, path + Start(query));
            }
        }

        foreach (var header in new[] { "X-Audit-Reason", "Idempotency-Key", "If-Match", "If-None-Match" })
        {
            foreach (var value in new[] { "", " ", "\"", "*", "W/\"1\"", "%", "%zz", "%00", "%ED%A0%80", "%E2%80%AE", new string('a', 6000), "\"1\", \"2\", x" })
            {
                using var response = await crowd.Owner.Client.SendAsync(
                    header == "If-None-Match" ? HttpMethod.Get : HttpMethod.Patch, crowd.Path, header == "If-None-Match" ? null : new { name = "Named" }, (header, value));
                await NoteAsync(failures, response, $"{header}: {Start(value)}");
            }
        }

        Assert.True(failures.Count == 0, string.Join('\n', failures));
    }

    [Theory]
    [InlineData("\u200d\u200d")]
    [InlineData("\u3164\u3164\u3164")]
    [InlineData("\u2800\u2800")]
    [InlineData("\ufe0f\u200c\u115f")]
    public async Task A_name_that_shows_nothing_is_none(string name)
    {
        using var crowd = await Crowd.FoundAsync(Deployment);
        foreach (var (method, path, body, field) in ((HttpMethod, string, object, string)[])
            [
                (HttpMethod.Patch, crowd.Path, new { name }, "name"), (HttpMethod.Post, $"{crowd.Path}/channels", new { name, kind = "text" }, "name"), (HttpMethod.Post, crowd.Roles, new { name }, "name"),
                (HttpMethod.Post, $"{crowd.Path}/categories", new { name }, "name"), (HttpMethod.Patch, $"{crowd.Path}/members/@me", new { nickname = name }, "nickname"),
            ])
        {
            await (await crowd.Owner.Client.SendAsync(method, path, body)).RefusedAsync(HttpStatusCode.BadRequest, "validation_failed", field, "too_short");
        }

        var joined = await crowd.Owner.Client.SendAsync(HttpMethod.Patch, crowd.Path, new { name = $"{name}A\u200d" }, HttpStatusCode.OK);
        Assert.Contains('A', joined.GetProperty("name").GetString() ?? "");
    }

    private static async Task NoteAsync(List<string> failures, HttpResponseMessage response, string what)
    {
        // Redirects and 304 have nothing to say.
        if ((int)response.StatusCode < 400)
        {
            return;
        }

        var text = await response.Content.ReadAsStringAsync(Cancellation);
        if ((int)response.StatusCode >= 500 || response.Content.Headers.ContentType?.MediaType != "application/problem+json" || !text.Contains("\"code\":", StringComparison.Ordinal))
        {
            failures.Add($"{what} -> {(int)response.StatusCode} {Start(text)}");
        }
    }

    private static string Start(string text) => text.Length > 120 ? text[..120] : new StringBuilder(text).Replace('\0', '0').ToString();
}
