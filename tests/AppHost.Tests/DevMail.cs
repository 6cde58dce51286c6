using System.Net.Http.Json;
using System.Text.Json;

namespace Chat.AppHost.Tests;

/// <summary>The mails that a system in development keeps instead of sending.</summary>
internal static class DevMail
{
    /// <summary>The token in the newest link that was mailed to the address.</summary>
    public static async Task<string> TokenAsync(Uri gateway, string address, CancellationToken cancellationToken)
    {
        using var http = new HttpClient { BaseAddress = gateway };
        var mails = await http.GetFromJsonAsync<JsonElement>($"/dev/mail?to={Uri.EscapeDataString(address)}", cancellationToken);
        var link = mails.GetProperty("items").EnumerateArray().SelectMany(mail => mail.GetProperty("links").EnumerateArray()).Select(link => link.GetString() ?? "")
            .First(link => link.Contains("token=", StringComparison.Ordinal));
        return link[(link.IndexOf("token=", StringComparison.Ordinal) + "token=".Length)..];
    }
}
