using System.Net.Http.Json;
using System.Text.Json;

namespace Chat.AppHost.Tests;

/// <summary>The mails that a system in development keeps instead of sending.</summary>
internal static class DevMail
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(60);

    /// <summary>The token in the newest link to the page that was mailed to the address, once it has come.</summary>
    /// <param name="page">Such as <c>verify-email</c>.</param>
    public static async Task<string> TokenAsync(Uri gateway, string address, CancellationToken cancellationToken, string page = "verify-email")
    {
        using var http = new HttpClient { BaseAddress = gateway };
        var begin = $"/{page}?token=";
        for (var deadline = DateTimeOffset.UtcNow + Soon; ; await Task.Delay(50, cancellationToken))
        {
            using var answer = await http.SendPatientlyAsync(() => new HttpRequestMessage(HttpMethod.Get, $"/dev/mail?to={Uri.EscapeDataString(address)}"), cancellationToken);
            answer.EnsureSuccessStatusCode();
            var mails = await answer.Content.ReadFromJsonAsync<JsonElement>(cancellationToken);
            var links = mails.GetProperty("items").EnumerateArray().SelectMany(mail => mail.GetProperty("links").EnumerateArray()).Select(link => link.GetString() ?? "");
            if (links.FirstOrDefault(link => link.Contains(begin, StringComparison.Ordinal)) is { } found)
                return found[(found.IndexOf(begin, StringComparison.Ordinal) + begin.Length)..];
            Assert.True(DateTimeOffset.UtcNow < deadline, $"waited {Soon.TotalSeconds} s for a mail to {address} with a link to {page}; there is {mails}");
        }
    }
}
