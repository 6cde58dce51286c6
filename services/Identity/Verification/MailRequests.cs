using Chat.Identity.Accounts;
using Chat.Identity.Data;
using Chat.Identity.Limits;
using Chat.Identity.Mail;
using Chat.Identity.Sessions;
using Chat.ServiceDefaults;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.Options;

namespace Chat.Identity.Verification;

/// <summary>
/// Mails that somebody asks for by typing an address. The answer is the same whoever has the address, or nobody: that is looked up when the mail is written, in the background.
/// Limits hold for the address as typed and for the client, so that nobody's mailbox is filled.
/// </summary>
internal sealed class MailRequests(IdentityDb db, Mails mails, Attempts attempts, ILookupNormalizer normalizer, IOptions<AccountOptions> options)
{
    // More registrations a day that name one mailbox than a person makes.
    private static readonly AttemptLimit Registrations = new("mail:registrations", 10, TimeSpan.FromDays(1));

    private readonly AttemptLimit _byClient = new("mail:client", options.Value.MailRequestsPerAddress, TimeSpan.FromHours(1));
    private readonly AttemptLimit _byMinute = new("mail:minute", options.Value.MailRequestsPerMinute, TimeSpan.FromMinutes(1));
    private readonly AttemptLimit _byDay = new("mail:day", options.Value.MailRequestsPerDay, TimeSpan.FromDays(1));

    /// <summary>Queues and commits the mail.</summary>
    public async Task<Results<Accepted, ProblemHttpResult>> AcceptAsync(MailKind kind, string? typed, HttpContext http, CancellationToken cancellation)
    {
        if (!EmailAddress.TryParse(typed, out var address))
            return Problems.Validation(EmailAddress.Error(typed));
        if (await CountAsync(kind, address, http) is { } refusal)
            return refusal;

        mails.Queue(kind, address, account: null);
        await db.SaveChangesAsync(cancellation);
        mails.Wake();
        return TypedResults.Accepted((string?)null);
    }

    /// <summary>Counts a mail to an address that somebody typed.</summary>
    /// <returns>Null when it may be sent, else 429.</returns>
    public async Task<ProblemHttpResult?> CountAsync(MailKind kind, string address, HttpContext http)
    {
        var mailbox = $"{kind}\n{normalizer.NormalizeEmail(address)}";
        var (wait, _) = await attempts.CountAsync([(_byClient, ClientAddress.Subscriber(ClientAddress.Of(http))), (_byMinute, mailbox), (_byDay, mailbox)]);
        return wait is null ? null : Problems.TooMany("too_many_mails", "Too many mails were asked for. Try again later.", wait.Value);
    }

    /// <summary>Whether one more registration may send a mail there. The registration itself is not refused: its answer would tell what others have typed.</summary>
    public async Task<bool> MayTellRegisteredAsync(string address) => await attempts.CountAsync(Registrations, normalizer.NormalizeEmail(address)) is null;
}

/// <summary>An address to send a mail to.</summary>
internal sealed record AddressRequest(string? Email = null);
