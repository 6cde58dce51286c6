namespace Chat.Identity.Mail;

/// <summary>Where letters go: to an SMTP server, or in development into a table.</summary>
internal interface IMailTransport
{
    /// <exception cref="System.Net.Mail.SmtpException">It was not taken; another try may succeed.</exception>
    Task SendAsync(string address, Letter letter, CancellationToken cancellation);
}
