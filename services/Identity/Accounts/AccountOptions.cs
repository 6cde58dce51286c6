using System.ComponentModel.DataAnnotations;

namespace Chat.Identity.Accounts;

/// <summary>Configuration section <c>Accounts</c>.</summary>
internal sealed class AccountOptions
{
    /// <summary>In Development: there, and in every test, all people come from one address.</summary>
    public const int DevelopmentPerAddress = 1_000_000;

    /// <summary>Usernames that nobody may register, besides those built in (<see cref="Accounts.ReservedNames"/>).</summary>
    public IReadOnlyList<string> ReservedNames { get; set; } = [];

    /// <summary>Registrations an hour from one client address; raise it where many people share one.</summary>
    [Range(1, 1_000_000)]
    public int RegistrationsPerAddress { get; set; } = 20;

    /// <summary>Mails an hour that may be asked for from one client address by typing an e-mail address.</summary>
    [Range(1, 1_000_000)]
    public int MailRequestsPerAddress { get; set; } = 20;

    /// <summary>The same for one mailbox, a minute and …</summary>
    [Range(1, 1_000_000)]
    public int MailRequestsPerMinute { get; set; } = 1;

    /// <summary>… a day.</summary>
    [Range(1, 1_000_000)]
    public int MailRequestsPerDay { get; set; } = 5;
}
