using System.Net;
using System.Text.Json;

namespace Chat.Identity.Tests;

/// <summary>What is in the mailbox of an address, and where mails are asked for.</summary>
internal static class MailCalls
{
    /// <summary>Newest first; the service waits for those that are still to be sent.</summary>
    public static async Task<IReadOnlyList<KeptMail>> MailsToAsync(this HttpClient client, string address)
    {
        var answer = (await client.ReadAsync($"/dev/mail?to={Uri.EscapeDataString(address)}")).Expect(HttpStatusCode.OK);
        return [.. answer.Body.GetProperty("items").EnumerateArray().Select(KeptMail.From)];
    }

    /// <summary>The newest whose subject contains the text: sign-ins from new browsers, among others, are told by mail as well.</summary>
    public static Task<KeptMail> MailToAsync(this HttpClient client, string address, string subject) =>
        client.FindMailAsync(address, $"about \"{subject}\"", mail => mail.Subject.Contains(subject, StringComparison.Ordinal));

    /// <summary>The token in the newest that has one.</summary>
    public static async Task<string> TokenToAsync(this HttpClient client, string address) =>
        (await client.FindMailAsync(address, "with a link", mail => mail.Token is not null)).Token ?? "";

    public static Task<Answer> ForgotAsync(this HttpClient client, string email) => client.PostBodyAsync("/api/v1/auth/forgot-password", new { email });

    public static Task<Answer> ResetAsync(this HttpClient client, string token, string password) => client.PostBodyAsync("/api/v1/auth/reset-password", new { token, password });

    public static Task<Answer> ResendAsync(this HttpClient client, string email) => client.PostBodyAsync("/api/v1/auth/resend-verification", new { email });

    public static Task<Answer> VerifyAsync(this HttpClient client, string token) => client.PostBodyAsync("/api/v1/auth/verify-email", new { token });

    public static Task<Answer> ConfirmEmailAsync(this HttpClient client, string token) => client.PostBodyAsync("/api/v1/auth/confirm-email-change", new { token });

    /// <summary>Registers without following the link, and returns the name.</summary>
    public static async Task<string> RegisterUnverifiedAsync(this HttpClient client, string? email = null)
    {
        var name = Calls.NewName();
        (await client.PostBodyAsync("/api/v1/auth/register", Calls.Registration(name, email))).Expect(HttpStatusCode.Created);

        // Its mail is out: of two that are sent side by side, the link in either may be the one that replaces the other's.
        await client.MailsToAsync(email ?? $"{name}@example.org");
        return name;
    }

    private static async Task<KeptMail> FindMailAsync(this HttpClient client, string address, string what, Func<KeptMail, bool> isIt)
    {
        KeptMail? found = null;
        await Eventually.HoldsAsync($"a mail to {address} {what}", async () => (found = (await client.MailsToAsync(address)).FirstOrDefault(isIt)) is not null);
        return found ?? throw new InvalidOperationException("It was waited for.");
    }

    /// <summary>A client address that no other test, and no earlier run, has used.</summary>
    public static (string Name, string Value) FromSomewhere() => ("X-Forwarded-For", $"2001:db8:{Random.Shared.Next(0x10000):x}:{Random.Shared.Next(0x10000):x}::1");
}

internal sealed record KeptMail(string Subject, string Text, IReadOnlyList<string> Links)
{
    public string? Token => Links.SingleOrDefault(link => link.Contains("token=", StringComparison.Ordinal))?.Split("token=")[1];

    public static KeptMail From(JsonElement mail) => new(
        mail.GetProperty("subject").GetString() ?? "",
        mail.GetProperty("text").GetString() ?? "",
        [.. mail.GetProperty("links").EnumerateArray().Select(link => link.GetString() ?? "")]);
}
