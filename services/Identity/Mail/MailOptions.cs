using System.ComponentModel.DataAnnotations;

namespace Chat.Identity.Mail;

/// <summary>Configuration section <c>Mail</c>.</summary>
internal sealed class MailOptions
{
    /// <summary>The SMTP server. Without one mails are kept in Development, and elsewhere the service does not start.</summary>
    public string? Host { get; set; }

    [Range(1, 65535)]
    public int Port { get; set; } = 587;

    /// <summary>Whether to insist on STARTTLS (RFC 3207). TLS from the first byte (port 465) is not supported by System.Net.Mail.</summary>
    public bool StartTls { get; set; } = true;

    public string? Username { get; set; }

    public string? Password { get; set; }

    /// <summary>The sender, <c>address</c> or <c>Name &lt;address&gt;</c>.</summary>
    public string From { get; set; } = "Chat <no-reply@localhost>";

    /// <summary>How long the SMTP server may take for a mail.</summary>
    public TimeSpan Timeout { get; set; } = TimeSpan.FromSeconds(15);

    /// <summary>A mail that could not be delivered for so long is given up.</summary>
    public TimeSpan GiveUpAfter { get; set; } = TimeSpan.FromHours(24);
}
