using System.Text.Json;
using Chat.Servers.Changes;
using Chat.ServiceDefaults.Json;

namespace Chat.Servers.Audit;

/// <summary>What is to stand in the audit log of a change.</summary>
/// <param name="Action">One of <see cref="AuditAction"/>.</param>
/// <param name="Target">What it was done to; null: the server itself.</param>
/// <param name="Before">What was there, as far as it changed; serialised to JSON.</param>
/// <param name="After">What is there now, as far as it changed; serialised to JSON.</param>
internal sealed record AuditNote(string Action, Guid? Target = null, object? Before = null, object? After = null)
{
    /// <summary>Why, where the request itself says so; null: what its header gave.</summary>
    public string? Reason { get; init; }

    public AuditEntry By(Actor actor, Guid server, DateTimeOffset now) => new()
    {
        Id = Guid.CreateVersion7(now),
        Server = server,
        Actor = actor.User,
        Action = Action,
        Target = Target,
        Reason = Reason ?? actor.Reason,
        Before = Json(Before),
        After = Json(After),
        CreatedAt = now,
    };

    private static string? Json(object? value) => value is null ? null : JsonSerializer.Serialize(value, JsonDefaults.Options);
}
