using System.Text.Json;
using Chat.Identity.Data;
using Chat.Identity.Sessions;
using Chat.ServiceDefaults.Json;

namespace Chat.Identity.Administration;

/// <summary>Writes down what administrators do, in the transaction that does it.</summary>
internal sealed class AuditLog(IdentityDb db, TimeProvider clock)
{
    /// <param name="before">What <paramref name="after"/> has replaced. Neither holds names, addresses or other personal data: entries outlive the accounts they are about.</param>
    public void Add(HttpContext http, Guid actor, string action, Guid target, object before, object after, string reason)
    {
        var now = clock.GetUtcNow();
        db.Add(new AuditEntry
        {
            Id = Guid.CreateVersion7(now),
            At = now,
            ActorId = actor,
            Action = action,
            TargetId = target,
            Before = JsonSerializer.Serialize(before, JsonDefaults.Options),
            After = JsonSerializer.Serialize(after, JsonDefaults.Options),
            Reason = reason,
            Address = ClientAddress.Of(http),
        });
    }
}
