using System.Diagnostics;
using System.Net.Mail;
using Chat.Identity.Data;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace Chat.Identity.Mail;

/// <summary>
/// Sends queued mails, oldest first; every replica takes part, a locked row is another's. A mail that is not taken is tried again with growing pauses. A crash after
/// sending sends it again, with a token of its own.
/// </summary>
internal sealed partial class MailDispatcher(
    IServiceScopeFactory scopes, MailSignal signal, IOptions<MailOptions> options, TimeProvider clock, ILogger<MailDispatcher> logger) : BackgroundService
{
    private static readonly ActivitySource Source = new("Chat.Identity");
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestPause = TimeSpan.FromMinutes(10);

    private bool _failing;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            if (!await TrySendNextAsync(stoppingToken))
                await signal.WaitAsync(Interval, stoppingToken);
        }
    }

    /// <returns>Whether to look for another one at once.</returns>
    private async Task<bool> TrySendNextAsync(CancellationToken cancellation)
    {
        try
        {
            var more = await SendNextAsync(cancellation);
            _failing = false;
            return more;
        }
        catch (Exception exception) when (exception is TimeoutException || exception.IsFromDatabase())
        {
            if (!_failing)
                LogNotRead(exception.Message);
            _failing = true;
            return false;
        }
    }

    private async Task<bool> SendNextAsync(CancellationToken cancellation)
    {
        OutgoingMail mail;
        await using (var scope = scopes.CreateAsyncScope())
        {
            var db = scope.ServiceProvider.GetRequiredService<IdentityDb>();
            await using var transaction = await db.Database.BeginTransactionAsync(cancellation);
            var now = clock.GetUtcNow();
            var found = await db.OutgoingMails
                .FromSql($"select * from outgoing_mails where due_at <= {now} order by due_at limit 1 for update skip locked").ToListAsync(cancellation);
            if (found is not [var next])
                return false;

            using var activity = Source.StartActivity("send mail");
            activity?.SetTag("mail.kind", next.Kind.ToString());
            if (await TrySendAsync(scope, db, next, cancellation))
            {
                await transaction.CommitAsync(cancellation);
                return true;
            }

            mail = next;
        }

        // The next try writes a letter of its own.
        await PostponeAsync(mail, cancellation);
        return true;
    }

    private async Task<bool> TrySendAsync(AsyncServiceScope scope, IdentityDb db, OutgoingMail mail, CancellationToken cancellation)
    {
        try
        {
            if (await WriteAsync(mail, cancellation) is { } letter)
                await DeliverAsync(scope, mail, letter, cancellation);
            db.Remove(mail);
            await db.SaveChangesAsync(cancellation);
            return true;
        }
        catch (SmtpException exception)
        {
            LogNotTaken(mail.Id, mail.Kind, mail.Attempts + 1, exception.StatusCode, exception.InnerException?.Message ?? exception.Message);
            return false;
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            // Whatever is wrong with one mail, the others do not wait for it.
            LogNotWritten(exception, mail.Id, mail.Kind, mail.Attempts + 1);
            return false;
        }
    }

    /// <summary>Committed before the letter is sent: a link in it works from the moment it arrives.</summary>
    private async Task<Letter?> WriteAsync(OutgoingMail mail, CancellationToken cancellation)
    {
        await using var scope = scopes.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<IdentityDb>();
        await using var transaction = await db.Database.BeginTransactionAsync(cancellation);
        var letter = await scope.ServiceProvider.GetServices<ILetterWriter>().Single(w => w.Kind == mail.Kind).WriteAsync(mail, cancellation);
        await db.SaveChangesAsync(cancellation);
        await transaction.CommitAsync(cancellation);
        return letter;
    }

    private async Task DeliverAsync(AsyncServiceScope scope, OutgoingMail mail, Letter letter, CancellationToken cancellation)
    {
        try
        {
            await scope.ServiceProvider.GetRequiredService<IMailTransport>().SendAsync(mail.Address, letter, cancellation);
        }
        catch (SmtpFailedRecipientException exception) when (exception.StatusCode is SmtpStatusCode.MailboxUnavailable or SmtpStatusCode.MailboxNameNotAllowed)
        {
            // The address does not exist there: trying again is no use, and the row must go.
            LogGivenUp(mail.Id, mail.Kind, exception.StatusCode.ToString());
        }
    }

    private async Task PostponeAsync(OutgoingMail mail, CancellationToken cancellation)
    {
        await using var scope = scopes.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<IdentityDb>();
        var now = clock.GetUtcNow();
        if (mail.CreatedAt + options.Value.GiveUpAfter < now)
        {
            LogGivenUp(mail.Id, mail.Kind, "too old");
            await db.OutgoingMails.Where(m => m.Id == mail.Id).ExecuteDeleteAsync(cancellation);
            return;
        }

        var pause = TimeSpan.FromSeconds(Math.Min(LongestPause.TotalSeconds, Math.Pow(2, Math.Min(mail.Attempts, 16))));
        await db.OutgoingMails.Where(m => m.Id == mail.Id).ExecuteUpdateAsync(
            set => set.SetProperty(m => m.DueAt, now + pause).SetProperty(m => m.Attempts, m => m.Attempts + 1), cancellation);
    }

    [LoggerMessage(LogLevel.Warning, "Queued mails cannot be read, trying again: {Reason}")]
    private partial void LogNotRead(string reason);

    [LoggerMessage(LogLevel.Warning, "Mail {Mail} ({Kind}) was not taken at attempt {Attempt}: {Status}, {Reason}")]
    private partial void LogNotTaken(Guid mail, MailKind kind, int attempt, SmtpStatusCode status, string reason);

    [LoggerMessage(LogLevel.Error, "Mail {Mail} ({Kind}) could not be written or sent at attempt {Attempt}")]
    private partial void LogNotWritten(Exception exception, Guid mail, MailKind kind, int attempt);

    [LoggerMessage(LogLevel.Error, "Mail {Mail} ({Kind}) is given up: {Reason}")]
    private partial void LogGivenUp(Guid mail, MailKind kind, string reason);
}
