using Chat.Identity.Data;
using Chat.Identity.OAuth.Clients;
using Chat.Identity.OAuth.Granting;
using Chat.Identity.Sessions;
using Chat.ServiceDefaults;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;

namespace Chat.Identity.OAuth.Apps;

/// <summary>The apps that a person has allowed something.</summary>
internal static class ConnectedAppsEndpoints
{
    private const int DefaultLimit = 50;
    private const int MaxLimit = 100;

    public static void MapConnectedApps(this IEndpointRouteBuilder routes)
    {
        var apps = routes.MapGroup("/auth/authorizations");
        apps.MapGet("/", List);
        apps.MapDelete("/{clientId}", Disconnect);
    }

    private static async Task<Results<Ok<ConnectedAppList>, ProblemHttpResult>> List(Caller caller, IdentityDb db, int? limit, string? cursor, CancellationToken cancellation)
    {
        var take = limit ?? DefaultLimit;
        if (take is < 1 or > MaxLimit)
            return Problems.Validation(new FieldError("limit", "out_of_range", $"From 1 to {MaxLimit}."));
        if (cursor is not null && !ConfiguredClient.IsId(cursor))
            return Problems.Validation(new FieldError("cursor", "invalid", "Not a cursor of this list."));

        var consents = db.OAuthConsents.AsNoTracking().Where(c => c.AccountId == caller.Id);
#pragma warning disable CA1309 // Becomes SQL, which knows no other order than the one the list is in.
        if (cursor is not null)
            consents = consents.Where(c => string.Compare(c.ClientId, cursor) > 0);
#pragma warning restore CA1309

        var page = await consents
            .OrderBy(c => c.ClientId).Take(take + 1)
            .Join(db.OAuthClients, c => c.ClientId, client => client.Id, (consent, client) => new { consent, client })
            .OrderBy(found => found.client.Id)
            .ToListAsync(cancellation);
        var items = page.Take(take).Select(found => new ConnectedApp(
            new ConnectedClient(found.client.Id, found.client.Name, found.client.Homepage), found.consent.Scopes, found.consent.GrantedAt, found.consent.LastUsedAt)).ToList();
        return TypedResults.Ok(new ConnectedAppList(items, page.Count > take ? items[^1].Client.Id : null));
    }

    /// <summary>Ends what the app was given, for good: it is asked for again. Repeating it answers 204 for a while, so that one answered 503 is finished.</summary>
    private static async Task<Results<NoContent, ProblemHttpResult>> Disconnect(
        string clientId, Caller caller, [AsParameters] DisconnectServices services, CancellationToken cancellation)
    {
        var (db, opening, ending, grants) = services;
        if (!ConfiguredClient.IsId(clientId))
            return NotFound();

        // Whoever gives codes or tokens holds the account as well: none can be given in between.
        await using var transaction = await db.Database.BeginTransactionAsync(cancellation);
        await opening.HoldAsync(caller.Id, stamp: null, cancellation);
        var consents = await db.OAuthConsents.Where(c => c.AccountId == caller.Id && c.ClientId == clientId).ExecuteDeleteAsync(cancellation);
        await db.AuthorizationCodes.Where(c => c.AccountId == caller.Id && c.ClientId == clientId && c.UsedAt == null).ExecuteDeleteAsync(cancellation);
        var ended = await grants.MarkAllAsync(caller.Id, clientId, cancellation);
        if (consents == 0 && ended.Count == 0)
            return NotFound();

        await db.SaveChangesAsync(cancellation);
        await transaction.CommitAsync(cancellation);
        return await ending.SettleAsync(caller.Id, ended, cancellation) ? TypedResults.NoContent() : SessionEnding.NotYetEffective();
    }

    private static ProblemHttpResult NotFound() => Problems.NotFound("authorization_not_found", "You have allowed this app nothing.");
}

internal sealed record ConnectedClient(string Id, string Name, string? Homepage);

/// <summary>An app that a person has allowed something.</summary>
internal sealed record ConnectedApp(ConnectedClient Client, IReadOnlyList<string> Scopes, DateTimeOffset Since, DateTimeOffset? LastUsedAt);

internal sealed record ConnectedAppList(IReadOnlyList<ConnectedApp> Items, string? Next);

internal sealed record DisconnectServices(IdentityDb Db, SessionOpening Opening, SessionEnding Ending, Grants Grants);
