using System.IO.Compression;
using System.Net;
using System.Text.Json;

namespace Chat.AppHost.Tests;

/// <summary>What somebody takes with them, gathered from every part through the gateway.</summary>
[Collection(SystemCollection.Name)]
public sealed class ExportTests(RunningSystem system)
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_account_is_exported_with_what_its_person_has_said()
    {
        using var handler = new SocketsHttpHandler { CookieContainer = new CookieContainer(), AllowAutoRedirect = false };
        using var ann = await system.SignUpAsync("ann", new ChatClientOptions { Handler = handler });
        var (server, channel) = await RunningSystem.CreateServerAsync(ann);
        await ann.SendAsync(channel, "one", cancel: Cancellation);
        await ann.SendAsync(channel, "two 👋", cancel: Cancellation);
        using var browser = new HttpClient(handler, disposeHandler: false);

        using var response = await browser.GetAsync(new Uri(system.Gateway, "/api/v1/users/@me/export"), Cancellation);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal("no-store", response.Headers.CacheControl?.ToString());
        using var zip = new ZipArchive(await response.Content.ReadAsStreamAsync(Cancellation), ZipArchiveMode.Read);
        Assert.Equal(["one", "two 👋"], Read(zip, "messages.json").GetProperty("messages").EnumerateArray().Select(message => message.GetProperty("content").GetString()));
        Assert.Equal(server.Id, Read(zip, "servers.json").GetProperty("memberships")[0].GetProperty("server").GetGuid());
        Assert.Equal(0, Read(zip, "friends.json").GetProperty("friends").GetArrayLength());
        Assert.Equal("ann", Read(zip, "profile.json").GetProperty("displayName").GetString());
        Assert.Equal("manifest.json", zip.Entries[^1].FullName);
    }

    private static JsonElement Read(ZipArchive zip, string file)
    {
        using var content = (zip.GetEntry(file) ?? throw new FileNotFoundException(file)).Open();
        using var document = JsonDocument.Parse(content);
        return document.RootElement.Clone();
    }
}
