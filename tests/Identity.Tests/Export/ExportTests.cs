using System.IO.Compression;
using System.Net;
using System.Text.Json;
using Chat.Identity.Tests.Administration;
using Chat.Identity.Tests.Lifecycle;

namespace Chat.Identity.Tests.Export;

public sealed class ExportTests(IdentityStores stores, ExportWorld world) : IClassFixture<ExportWorld>
{
    private const string Route = "/api/v1/users/@me/export";

    [Fact]
    public async Task An_export_has_everything_in_it_but_secrets()
    {
        using var person = await Person.NewAsync(world.Identity);
        var second = await world.Identity.OpenSessionAsync(person.Username);
        var (bot, botName) = await person.NewBotAsync();
        string[] tokens = [await person.NewTokenAsync(), await person.NewTokenAsync(bot)];
        var (server, _) = await world.SpeakAsync(person.Token, "Gardeners", "first \"quoted\" 😀", "second");
        using var other = await Person.NewAsync(world.Identity);
        await world.BefriendAsync(person.Token, other.Id);
        await FillAsync(person);

        using var response = await person.Client.GetAsync(Route, Calls.Cancel);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal("application/zip", response.Content.Headers.ContentType?.ToString());
        Assert.Equal("attachment; filename=chat-export.zip; filename*=UTF-8''chat-export.zip", response.Content.Headers.ContentDisposition?.ToString());
        Assert.True(response.Headers.CacheControl?.NoStore);
        using var zip = await ZipAsync(response);
        var files = zip.Entries.ToDictionary(e => e.FullName, e => Read(e), StringComparer.Ordinal);
        Assert.Equal(
            [
                "account.json", "profile.json", "sessions.json", "tokens.json", "bots.json", "passkeys.json", "external-logins.json", "connected-apps.json", "clients.json", "servers.json",
                "friends.json", "messages.json", "manifest.json",
            ],
            zip.Entries.Select(e => e.FullName));

        Assert.Equal(person.Email, files["account.json"].GetProperty("email").GetString());
        Assert.Equal(10, files["account.json"].GetProperty("twoFactor").GetProperty("recoveryCodes").GetInt32());
        Assert.Equal("Gardening.", files["profile.json"].GetProperty("about").GetString());
        Assert.Equal(new[] { person.Session, second.Session }.Order(), Ids(files["sessions.json"], "sessions").Order());
        Assert.Equal("127.0.0.1", files["sessions.json"].GetProperty("sessions")[0].GetProperty("address").GetString());
        Assert.Equal(2, files["tokens.json"].GetProperty("tokens").GetArrayLength());
        Assert.Equal(botName, files["bots.json"].GetProperty("bots")[0].GetProperty("username").GetString());
        Assert.Equal("Laptop", files["passkeys.json"].GetProperty("passkeys")[0].GetProperty("name").GetString());
        Assert.Equal("2026-01-02T03:04:05.000Z", files["passkeys.json"].GetProperty("passkeys")[0].GetProperty("lastUsedAt").GetString());
        Assert.Equal("subject-1", files["external-logins.json"].GetProperty("logins")[0].GetProperty("subject").GetString());
        Assert.Equal("App", files["connected-apps.json"].GetProperty("apps")[0].GetProperty("name").GetString());
        Assert.Equal("App", files["clients.json"].GetProperty("clients")[0].GetProperty("name").GetString());
        Assert.Equal(server, files["servers.json"].GetProperty("memberships")[0].GetProperty("server").GetString());
        Assert.Equal(other.Username, files["friends.json"].GetProperty("requests")[0].GetProperty("user").GetProperty("username").GetString());
        Assert.Equal(["first \"quoted\" 😀", "second"], files["messages.json"].GetProperty("messages").EnumerateArray().Select(m => m.GetProperty("content").GetString()));

        var all = string.Join('\n', files.Values.Select(f => f.GetRawText()));
        foreach (var secret in tokens.Append(person.Cookie).Append(second.Cookie).Append(person.Token))
            Assert.DoesNotContain(secret, all, StringComparison.Ordinal);
        foreach (var word in new[] { "hash", "secret", "stamp", "salt", "hint" })
            Assert.DoesNotContain(word, all, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task The_manifest_says_what_is_in_the_files_before_it()
    {
        using var person = await Person.NewAsync(world.Identity);
        await world.FillAsync(person.Id, 12_345);

        using var response = await person.Client.GetAsync(Route, Calls.Cancel);
        using var zip = await ZipAsync(response);

        var manifest = Read(zip.Entries[^1]);
        Assert.Equal(person.Id, manifest.GetProperty("account").GetGuid());
        var listed = manifest.GetProperty("files").EnumerateArray().ToList();
        Assert.Equal(zip.Entries.SkipLast(1).Select(e => (e.FullName, e.Length)), listed.Select(f => (f.GetProperty("name").GetString() ?? "", f.GetProperty("bytes").GetInt64())));
        Assert.Equal("""{"messages":12345,"scheduled":0,"drafts":0,"reactions":0,"votes":0,"edits":0,"conversations":0,"threads":0,"readStates":0}""", Compact(listed[^1].GetProperty("items")));
        Assert.Equal("""{"memberships":0,"invites":0}""", Compact(listed[^3].GetProperty("items")));
        Assert.Equal("""{"friends":0,"requests":0,"blocks":0}""", Compact(listed[^2].GetProperty("items")));
        Assert.Equal("""{"sessions":1}""", Compact(listed.Single(f => f.GetProperty("name").GetString() == "sessions.json").GetProperty("items")));
        Assert.Equal(12_345, Read(zip.Entries[^2]).GetProperty("messages").GetArrayLength());
    }

    [Theory]
    [InlineData("servers")]
    [InlineData("presence")]
    [InlineData("messaging")]
    public async Task A_part_that_is_away_is_an_error_and_not_a_file_without_it(string part)
    {
        using var person = await Person.NewAsync(world.Identity);
        var gate = part == "servers" ? world.ServersGate : part == "presence" ? world.PresenceGate : world.MessagingGate;
        gate.Shut();
        try
        {
            // More often than exports are allowed: one that was not given does not count.
            for (var i = 0; i < 4; i++)
                Assert.NotNull((await person.Client.ReadAsync(Route)).ExpectProblem(HttpStatusCode.ServiceUnavailable, "export_unavailable").Headers.RetryAfter);
        }
        finally
        {
            gate.Open();
        }

        using var response = await person.Client.GetAsync(Route, Calls.Cancel);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
    }

    [Fact]
    public async Task What_breaks_on_the_way_does_not_look_whole()
    {
        using var person = await Person.NewAsync(world.Identity);
        await world.FillAsync(person.Id, 100_000);
        using var response = await person.Client.GetAsync(Route, HttpCompletionOption.ResponseHeadersRead, Calls.Cancel);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        await using var body = await response.Content.ReadAsStreamAsync(Calls.Cancel);
        await body.ReadExactlyAsync(new byte[1], Calls.Cancel);

        world.MessagingGate.Shut();
        try
        {
            await Assert.ThrowsAnyAsync<IOException>(() => body.CopyToAsync(Stream.Null, Calls.Cancel));
        }
        finally
        {
            world.MessagingGate.Open();
        }
    }

    [Fact]
    public async Task Three_exports_an_hour_are_enough()
    {
        using var person = await Person.NewAsync(world.Identity);
        for (var i = 0; i < 3; i++)
        {
            using var response = await person.Client.GetAsync(Route, Calls.Cancel);
            Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        }

        var refused = (await person.Client.ReadAsync(Route)).ExpectProblem(HttpStatusCode.TooManyRequests, "too_many_exports");
        Assert.InRange(refused.Headers.RetryAfter?.Delta ?? default, TimeSpan.FromMinutes(58), TimeSpan.FromHours(1));
    }

    private async Task FillAsync(Person person)
    {
        await Sql.RunAsync(stores.Database, "update accounts set about = 'Gardening.' where id = $1", person.Id);
        await Sql.RunAsync(stores.Database, "insert into second_factors (account_id, totp_secret, totp_enabled_at, totp_last_step) values ($1, '\\x01', now(), 0)", person.Id);
        await Sql.RunAsync(stores.Database, "insert into recovery_codes (account_id, hash) select $1, decode(lpad(n::text, 4, '0'), 'hex') from generate_series(1, 10) n", person.Id);
        await Sql.RunAsync(stores.Database, "insert into account_logins (provider, provider_key, account_id) values ('github', 'subject-1', $1)", person.Id);
        await Sql.RunAsync(stores.Database, Filler.Passkey, person.Id, Guid.NewGuid().ToByteArray(), Filler.PasskeyData("Laptop"));
        await Sql.RunAsync(stores.Database, "update account_passkeys set last_used_at = '2026-01-02T03:04:05Z' where account_id = $1", person.Id);
        await Sql.RunAsync(
            stores.Database, "insert into oauth_clients (id, owner_id, name, redirect_uris, scopes, grants, created_at) values ($2, $1, 'App', '{}', '{}', '{}', now())", person.Id, person.Username);
        await Sql.RunAsync(stores.Database, "insert into oauth_consents (account_id, client_id, scopes, granted_at) values ($1, $2, '{}', now())", person.Id, person.Username);
    }

    private static async Task<ZipArchive> ZipAsync(HttpResponseMessage response) => new(await response.Content.ReadAsStreamAsync(Calls.Cancel), ZipArchiveMode.Read);

    private static JsonElement Read(ZipArchiveEntry entry)
    {
        using var content = entry.Open();
        using var document = JsonDocument.Parse(content);
        return document.RootElement.Clone();
    }

    private static string Compact(JsonElement json) => JsonSerializer.Serialize(json);

    private static IEnumerable<Guid> Ids(JsonElement file, string list) => file.GetProperty(list).EnumerateArray().Select(e => e.GetProperty("id").GetGuid());
}
