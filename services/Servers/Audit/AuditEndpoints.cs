using System.Text.Json;
using Chat.Contracts;
using Chat.Servers.Data;
using Chat.Servers.Members;
using Chat.Servers.Servers;
using Chat.ServiceDefaults;
using Chat.ServiceDefaults.Json;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;

namespace Chat.Servers.Audit;

internal static class AuditEndpoints
{
    public static void AddAuditLog(this IHostApplicationBuilder builder) => builder.Services.AddHostedService<AuditCleanup>();

    public static void MapAuditLog(this IEndpointRouteBuilder routes) => routes.MapGet("/api/v1/servers/{server:guid}/audit-log", ListAsync).WithScopes("servers");

    /// <summary>Newest first. Ids begin with their time, so one key orders the log and bounds it in time.</summary>
    private static async Task<Results<Ok<Page<AuditResponse>>, ProblemHttpResult>> ListAsync(
        Guid server, [AsParameters] PageRequest page, [AsParameters] AuditFilter filter, Caller caller, ServersDb db, TimeProvider time, CancellationToken cancellationToken)
    {
        if (await Memberships.RightsAsync(db, server, caller.Id, time.GetUtcNow(), cancellationToken) is not { } rights)
        {
            return ServerProblems.NotFound();
        }

        if (!rights.HasFlag(Permissions.ViewAuditLog))
        {
            return ServerProblems.MissingPermission(Permissions.ViewAuditLog);
        }

        var errors = new List<FieldError>();
        errors.AddWhere(page.Error);
        errors.AddWhere(filter.Error);
        if (!Cursor.TryRead(page.Cursor, out Guid last))
        {
            errors.Add(PageRequest.BadCursor);
        }

        if (errors.Count > 0)
        {
            return Problems.Validation(errors);
        }

        // Joined after the page is cut: looked up in a subquery, the names would be read of everybody first.
        var found = await Matching(db, server, filter, page.Cursor is null ? null : last)
            .OrderByDescending(entry => entry.Id)
            .Take(page.Size + 1)
            .LeftJoin(db.Profiles, entry => entry.Actor, profile => profile.Id, (entry, profile) => new
            {
                Entry = entry,
                Actor = profile == null ? null : new AuditActor(profile.Id, profile.Username, profile.DisplayName),
            })
            .OrderByDescending(row => row.Entry.Id)
            .ToListAsync(cancellationToken);
        var items = found.Take(page.Size).Select(row => AuditResponse.Of(row.Entry, row.Actor)).ToList();
        return TypedResults.Ok(new Page<AuditResponse>(items, found.Count > page.Size ? Cursor.Of(items[^1].Id) : null));
    }

    private static IQueryable<AuditEntry> Matching(ServersDb db, Guid server, AuditFilter filter, Guid? last)
    {
        var entries = db.AuditLog.AsNoTracking().Where(entry => entry.Server == server);
        entries = filter.Actor is { } actor ? entries.Where(entry => entry.Actor == actor) : entries;
        entries = filter.Action is { } action ? entries.Where(entry => entry.Action == action) : entries;
        entries = filter.Target is { } target ? entries.Where(entry => entry.Target == target) : entries;
        entries = filter.Before is { } before ? Earlier(entries, AuditTime.FirstIdOf(before)) : entries;
        entries = filter.After is { } after ? Later(entries, AuditTime.FirstIdOf(after)) : entries;
        return last is { } id ? Earlier(entries, id) : entries;

        static IQueryable<AuditEntry> Earlier(IQueryable<AuditEntry> entries, Guid id) => entries.Where(entry => entry.Id < id);
        static IQueryable<AuditEntry> Later(IQueryable<AuditEntry> entries, Guid id) => entries.Where(entry => entry.Id >= id);
    }

    /// <param name="Actor">Who did it.</param>
    /// <param name="Action">What was done; one of <see cref="AuditAction"/>.</param>
    /// <param name="Target">To whom or what.</param>
    /// <param name="Before">Entries of an earlier time than this.</param>
    /// <param name="After">Entries of this time or later.</param>
    private sealed record AuditFilter(Guid? Actor, string? Action, Guid? Target, DateTimeOffset? Before, DateTimeOffset? After)
    {
        public FieldError? Error => Action is not null && !AuditAction.Every.Contains(Action) ? new FieldError("action", "unknown", "No such action is ever logged.") : null;
    }
}

/// <summary>A line of the audit log.</summary>
/// <param name="Target">The id of what it was done to; absent: the server itself, or what has no such id.</param>
/// <param name="Reason">What the actor gave as reason; absent when nothing.</param>
/// <param name="Before">What was there, as far as it changed; absent when there is nothing to say.</param>
/// <param name="After">What was there then, as far as it changed; absent when there is nothing to say.</param>
internal sealed record AuditResponse(Guid Id, AuditActor Actor, string Action, Guid? Target, string? Reason, JsonElement? Before, JsonElement? After, DateTimeOffset At)
{
    public static AuditResponse Of(AuditEntry entry, AuditActor? actor) => new(
        entry.Id, actor ?? new AuditActor(entry.Actor, null, null), entry.Action, entry.Target, entry.Reason, Json(entry.Before), Json(entry.After), entry.CreatedAt);

    private static JsonElement? Json(string? stored) => stored is null ? null : JsonSerializer.Deserialize<JsonElement>(stored, JsonDefaults.Options);
}

/// <summary>Who did it, with the names they have now.</summary>
internal sealed record AuditActor(Guid Id, string? Username, string? DisplayName);
