using System.Net;
using Npgsql;

namespace Chat.Identity.Tests.External;

/// <summary>As the service stores them.</summary>
internal static class AccountStates
{
    public const int Active = 0;
    public const int Suspended = 2;
}

internal static class ExternalCalls
{
    /// <summary>Comes for the first time from a provider that has verified the address, and registers.</summary>
    public static async Task RegisterByAsync(this Browser browser, string provider, string? id = null)
    {
        await browser.TellProvidersAsync(id: id);
        (await browser.GoAsync(provider)).Expect("registration_required");
        (await browser.CallAsync(HttpMethod.Post, "auth/external/register", new { username = browser.Name })).Expect(HttpStatusCode.Created);
    }

    /// <summary>The providers whose logins are linked to the account of whoever is signed in.</summary>
    public static async Task<IReadOnlyList<string?>> LinkedAsync(this Browser browser) =>
        [.. (await browser.GetAsync("auth/external")).Expect(HttpStatusCode.OK).Body.GetProperty("items").EnumerateArray()
            .Where(p => p.GetProperty("linked").GetBoolean()).Select(p => p.GetProperty("provider").GetString())];

    /// <summary>The text of all mails to the person.</summary>
    public static async Task<string> MailedTextAsync(this Browser browser)
    {
        var mails = (await browser.OpenAsync($"/dev/mail?to={Uri.EscapeDataString(browser.Email)}")).Expect(HttpStatusCode.OK);
        return string.Join('\n', mails.Body.GetProperty("items").EnumerateArray().Select(mail => mail.GetProperty("text").GetString()));
    }

    /// <summary>What an administrator would do by other routes.</summary>
    public static async Task SetStateAsync(this ExternalSite site, string username, int state)
    {
        await using var connection = new NpgsqlConnection(site.Database);
        await connection.OpenAsync(Calls.Cancel);
        await using var command = new NpgsqlCommand("update accounts set state = $1 where username = $2", connection) { Parameters = { new() { Value = state }, new() { Value = username } } };
        Assert.Equal(1, await command.ExecuteNonQueryAsync(Calls.Cancel));
    }
}
