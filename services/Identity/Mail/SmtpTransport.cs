using System.Net;
using System.Net.Mail;
using System.Text;
using Microsoft.Extensions.Options;

namespace Chat.Identity.Mail;

/// <summary>Delivers to the configured SMTP server, one connection a mail.</summary>
internal sealed class SmtpTransport(IOptions<MailOptions> options) : IMailTransport
{
    public async Task SendAsync(string address, Letter letter, CancellationToken cancellation)
    {
        var mail = options.Value;
        using var client = new SmtpClient(mail.Host, mail.Port) { EnableSsl = mail.StartTls };
        if (mail.Username is not null)
            client.Credentials = new NetworkCredential(mail.Username, mail.Password);

        using var message = new MailMessage(new MailAddress(mail.From), new MailAddress(address))
        {
            Subject = letter.Subject,
            SubjectEncoding = Encoding.UTF8,
            Body = letter.Text,
            BodyEncoding = Encoding.UTF8,
        };

        // Answers of absence assistants are of no use to anybody (RFC 3834).
        message.Headers.Add("Auto-Submitted", "auto-generated");

        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(mail.Timeout);
        try
        {
            await client.SendMailAsync(message, limit.Token);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            throw new SmtpException(SmtpStatusCode.GeneralFailure, $"The SMTP server did not take the mail within {mail.Timeout.TotalSeconds:0} s.");
        }
    }
}
