using System.Text.RegularExpressions;
using Chat.Identity.Accounts;
using Chat.Identity.Data;
using Chat.ServiceDefaults;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;

namespace Chat.Identity.Mail;

/// <summary>The mails that were kept instead of sent. Mapped in Development only, and only where no SMTP server is configured.</summary>
internal static partial class DevMailEndpoints
{
    private const int Limit = 50;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(20);

    public static void MapDevMail(this IEndpointRouteBuilder routes, IHostEnvironment environment, IConfiguration configuration)
    {
        if (environment.IsDevelopment() && string.IsNullOrEmpty(configuration["Mail:Host"]))
            routes.MapGet("/dev/mail", List).AllowAnonymous();
    }

    /// <summary>Mails to an address, newest first, 50 at most. Waits up to twenty seconds for those to it that are still queued.</summary>
    private static async Task<Results<Ok<KeptMailList>, ProblemHttpResult>> List(IdentityDb db, TimeProvider clock, string? to, CancellationToken cancellation)
    {
        if (to is not null && !EmailAddress.TryParse(to, out _))
            return Problems.Validation(new FieldError("to", "invalid", "This is not an e-mail address."));

        var upper = to?.ToUpperInvariant();
        var asked = clock.GetTimestamp();
        while (upper is not null && clock.GetElapsedTime(asked) < Patience
            && await db.OutgoingMails.FromSql($"select * from outgoing_mails where upper(address) = {upper}").AnyAsync(cancellation))
        {
            await Task.Delay(Interval, cancellation);
        }

        var mails = await db.KeptMails.AsNoTracking().Where(m => upper == null || m.Address == upper).OrderByDescending(m => m.Id).Take(Limit).ToListAsync(cancellation);
        return TypedResults.Ok(new KeptMailList([.. mails.Select(m => new KeptMailResponse(
            m.Address.ToLowerInvariant(), m.Subject, m.Text, [.. Link().Matches(m.Text).Select(match => match.Value)], m.SentAt))]));
    }

    [GeneratedRegex(@"https?://\S+", RegexOptions.CultureInvariant)]
    private static partial Regex Link();
}

internal sealed record KeptMailList(IReadOnlyList<KeptMailResponse> Items);

internal sealed record KeptMailResponse(string To, string Subject, string Text, IReadOnlyList<string> Links, DateTimeOffset SentAt);
