using System.Text.Json;
using Chat.Identity.Data;
using Chat.ServiceDefaults;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;

namespace Chat.Identity.Administration;

internal static class AuditLogEndpoints
{
    private const int DefaultLimit = 50;
    private const int MaxLimit = 100;

    public static void MapAuditLog(this IEndpointRouteBuilder admin) => admin.MapGet("/audit-log", List);

    /// <summary>Newest first.</summary>
    private static async Task<Results<Ok<AuditEntryList>, ProblemHttpResult>> List([AsParameters] AuditQuery query, IdentityDb db, CancellationToken cancellation)
    {
        var take = query.Limit ?? DefaultLimit;
        var errors = new List<FieldError>();
        if (take is < 1 or > MaxLimit)
            errors.Add(new FieldError("limit", "out_of_range", $"From 1 to {MaxLimit}."));
        if (query.Action?.Length > AuditEntry.MaxActionLength || query.Action?.Any(char.IsControl) == true)
            errors.Add(new FieldError("action", "invalid", "Not an action of this log."));
        var actor = Id(query.Actor, "actor", "Not an account's id.", errors);
        var target = Id(query.Target, "target", "Not an account's id.", errors);
        var before = Id(query.Cursor, "cursor", "Not a cursor of this list.", errors);
        if (errors.Count > 0)
            return Problems.Validation(errors);

        var entries = db.AuditEntries.AsNoTracking();
        if (actor is not null)
            entries = entries.Where(e => e.ActorId == actor);
        if (target is not null)
            entries = entries.Where(e => e.TargetId == target);
        if (query.Action is not null)
            entries = entries.Where(e => e.Action == query.Action);
        if (before is not null)
            entries = entries.Where(e => e.Id < before);

        var page = await entries.OrderByDescending(e => e.Id).Take(take + 1).ToListAsync(cancellation);
        var items = page.Take(take).Select(AuditEntryResponse.From).ToList();
        return TypedResults.Ok(new AuditEntryList(items, page.Count > take ? items[^1].Id.ToString() : null));
    }

    private static Guid? Id(string? text, string field, string message, List<FieldError> errors)
    {
        if (text is null)
            return null;
        if (Guid.TryParse(text, out var id))
            return id;

        errors.Add(new FieldError(field, "invalid", message));
        return null;
    }
}

internal sealed record AuditQuery(string? Actor, string? Target, string? Action, int? Limit, string? Cursor);

internal sealed record AuditEntryResponse(
    Guid Id, DateTimeOffset At, Guid Actor, string Action, Guid? Target, JsonElement? Before, JsonElement? After, string? Reason, string? Address)
{
    public static AuditEntryResponse From(AuditEntry entry) =>
        new(entry.Id, entry.At, entry.ActorId, entry.Action, entry.TargetId, Json(entry.Before), Json(entry.After), entry.Reason, entry.Address?.ToString());

    private static JsonElement? Json(string? text)
    {
        if (text is null)
            return null;

        using var document = JsonDocument.Parse(text);
        return document.RootElement.Clone();
    }
}

internal sealed record AuditEntryList(IReadOnlyList<AuditEntryResponse> Items, string? Next);
