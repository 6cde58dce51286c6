using System.Net.Http.Json;
using System.Text.Json;
using Chat.Stores;

namespace Chat.Identity.Tests;

/// <summary>A real SMTP server with a REST API to read what it took: maildev, from npm.</summary>
internal sealed class Maildev : IAsyncDisposable
{
    public const string Package = "maildev@2.2.1";

    private static readonly TimeSpan StartLimit = TimeSpan.FromMinutes(2);

    private readonly NodeProcess _process;
    private readonly DirectoryInfo _folder;
    private readonly HttpClient _api;

    private Maildev(NodeProcess process, DirectoryInfo folder, int webPort) =>
        (_process, _folder, _api) = (process, folder, new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{webPort}/") });

    public static async Task<Maildev> StartAsync(int smtpPort, string? user = null, string? password = null)
    {
        var package = await NodePackage.InstallAsync([Package], Calls.Cancel);
        var folder = Directory.CreateTempSubdirectory("chat-maildev-");
        var webPort = NodePackage.FreePort();
        var environment = new Dictionary<string, string> { ["MAILDEV_INCOMING_USER"] = user ?? "", ["MAILDEV_INCOMING_PASS"] = password ?? "" };
        var process = await package.StartFileAsync(
            "node_modules/maildev/bin/maildev",
            ["--ip", "127.0.0.1", "--smtp", $"{smtpPort}", "--web", $"{webPort}", "--mail-directory", folder.FullName],
            environment,
            Calls.Cancel);
        var maildev = new Maildev(process, folder, webPort);
        await process.ReadUntilAsync("SMTP Server running", StartLimit, Calls.Cancel);
        await Eventually.HoldsAsync("maildev's API", maildev.AnswersAsync);
        return maildev;
    }

    /// <summary>Mails to an address, newest first.</summary>
    public async Task<IReadOnlyList<TakenMail>> MailsToAsync(string address)
    {
        var all = await _api.GetFromJsonAsync<JsonElement>("email", Calls.Cancel);
        return
        [
            .. all.EnumerateArray()
                .Where(mail => mail.GetProperty("envelope").GetProperty("to").EnumerateArray().Any(to => to.GetProperty("address").GetString() == address))
                .Select(mail => new TakenMail(
                    mail.GetProperty("from")[0].GetProperty("address").GetString() ?? "",
                    mail.GetProperty("from")[0].GetProperty("name").GetString() ?? "",
                    mail.GetProperty("subject").GetString() ?? "",
                    mail.GetProperty("text").GetString() ?? "",
                    mail.GetProperty("headers")))
                .Reverse(),
        ];
    }

    /// <summary>Waits for the mail and returns the newest.</summary>
    public async Task<TakenMail> MailToAsync(string address)
    {
        await Eventually.HoldsAsync($"a mail to {address}", async () => (await MailsToAsync(address)).Count > 0);
        return (await MailsToAsync(address))[0];
    }

    public async ValueTask DisposeAsync()
    {
        await _process.DisposeAsync();
        _api.Dispose();
        _folder.Delete(recursive: true);
    }

    private async Task<bool> AnswersAsync()
    {
        try
        {
            using var answer = await _api.GetAsync("email", Calls.Cancel);
            return answer.IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }
}

internal sealed record TakenMail(string From, string FromName, string Subject, string Text, JsonElement Headers);
