using Chat.Identity.Data;

namespace Chat.Identity.Mail;

/// <summary>Keeps mails instead of sending them, within the dispatcher's transaction. Development only.</summary>
internal sealed class KeptMails(IdentityDb db, TimeProvider clock) : IMailTransport
{
    public Task SendAsync(string address, Letter letter, CancellationToken cancellation)
    {
        var now = clock.GetUtcNow();
        db.Add(new KeptMail { Id = Guid.CreateVersion7(now), Address = address.ToUpperInvariant(), Subject = letter.Subject, Text = letter.Text, SentAt = now });
        return Task.CompletedTask;
    }
}
