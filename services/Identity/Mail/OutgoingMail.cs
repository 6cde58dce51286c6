using Chat.Identity.Accounts;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Chat.Identity.Mail;

/// <summary>What a mail is about. Stored by number.</summary>
internal enum MailKind
{
    /// <summary>To the address of a new account, or to one that asks for the link again.</summary>
    VerifyEmail = 0,
    ResetPassword = 1,
    ChangeEmail = 2,
    SignInCode = 3,

    /// <summary>Something that concerns the account's security has changed.</summary>
    Notice = 4,
}

/// <summary>A mail that is still to be sent. It is composed when it is sent: tokens and codes exist from then on only.</summary>
internal sealed class OutgoingMail
{
    public required Guid Id { get; init; }

    public required MailKind Kind { get; init; }

    public required string Address { get; init; }

    /// <summary>Null where only an address was typed: whether it has an account is looked up when the mail is composed.</summary>
    public Guid? AccountId { get; init; }

    /// <summary>JSON, by kind. No secrets.</summary>
    public string? Data { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>When to try next.</summary>
    public required DateTimeOffset DueAt { get; set; }

    public int Attempts { get; set; }
}

/// <summary>A mail kept instead of sent, for <c>GET /dev/mail</c>.</summary>
internal sealed class KeptMail
{
    public required Guid Id { get; init; }

    public required string Address { get; init; }

    public required string Subject { get; init; }

    public required string Text { get; init; }

    public required DateTimeOffset SentAt { get; init; }
}

internal sealed class OutgoingMailConfiguration : IEntityTypeConfiguration<OutgoingMail>
{
    public void Configure(EntityTypeBuilder<OutgoingMail> mail)
    {
        mail.ToTable("outgoing_mails");
        mail.HasKey(m => m.Id).HasName("pk_outgoing_mails");
        mail.Property(m => m.Id).HasColumnName("id").ValueGeneratedNever();
        mail.Property(m => m.Kind).HasColumnName("kind");
        mail.Property(m => m.Address).HasColumnName("address").HasMaxLength(EmailAddress.MaxLength);
        mail.Property(m => m.AccountId).HasColumnName("account_id");
        mail.Property(m => m.Data).HasColumnName("data").HasColumnType("jsonb");
        mail.Property(m => m.CreatedAt).HasColumnName("created_at");
        mail.Property(m => m.DueAt).HasColumnName("due_at");
        mail.Property(m => m.Attempts).HasColumnName("attempts");
        mail.HasIndex(m => m.DueAt).HasDatabaseName("ix_outgoing_mails_due_at");
    }
}

internal sealed class KeptMailConfiguration : IEntityTypeConfiguration<KeptMail>
{
    public void Configure(EntityTypeBuilder<KeptMail> mail)
    {
        mail.ToTable("kept_mails");
        mail.HasKey(m => m.Id).HasName("pk_kept_mails");
        mail.Property(m => m.Id).HasColumnName("id").ValueGeneratedNever();
        mail.Property(m => m.Address).HasColumnName("address").HasMaxLength(EmailAddress.MaxLength);
        mail.Property(m => m.Subject).HasColumnName("subject").HasMaxLength(256);
        mail.Property(m => m.Text).HasColumnName("text");
        mail.Property(m => m.SentAt).HasColumnName("sent_at");
        mail.HasIndex(m => new { m.Address, m.Id }).HasDatabaseName("ix_kept_mails_address_id");
    }
}
