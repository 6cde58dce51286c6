using System.Text.Json;
using Chat.Identity.Data;
using Chat.ServiceDefaults.Json;

namespace Chat.Identity.Mail;

/// <summary>Queues mails in the transaction of what they tell of.</summary>
internal sealed class Mails(IdentityDb db, MailSignal signal, TimeProvider clock)
{
    /// <summary>Adds the mail to the context; the caller saves, commits, and calls <see cref="Wake"/>.</summary>
    public void Queue(MailKind kind, string address, Guid? account, object? data = null)
    {
        var now = clock.GetUtcNow();
        db.Add(new OutgoingMail
        {
            Id = Guid.CreateVersion7(now),
            Kind = kind,
            Address = address,
            AccountId = account,
            Data = data is null ? null : JsonSerializer.Serialize(data, JsonDefaults.Options),
            CreatedAt = now,
            DueAt = now,
        });
    }

    /// <summary>Tells the dispatcher that a mail was committed. It looks by itself every second; this is for speed only.</summary>
    public void Wake() => signal.Set();
}
