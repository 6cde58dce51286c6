using Chat.Identity.Data;
using Chat.Identity.Mail;
using Chat.Identity.Notices;
using Chat.Identity.Proof;
using Chat.Identity.Sessions;
using Chat.Identity.Tokens;
using Chat.ServiceDefaults;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;

namespace Chat.Identity.OAuth.Clients;

/// <summary>Clients as their owners manage them. Those of the configuration have no owner and are in nobody's list.</summary>
internal static class ClientsEndpoints
{
    private const int MostPerOwner = 25;

    public static void MapOAuthClients(this IEndpointRouteBuilder routes)
    {
        var clients = routes.MapGroup("/auth/clients");
        clients.MapGet("/", List);
        clients.MapGet("/{id}", Get);
        clients.MapPost("/", Create).RequireFreshProof();
        clients.MapPatch("/{id}", Change).RequireFreshProof();
        clients.MapDelete("/{id}", Remove).RequireFreshProof();
        clients.MapPost("/{id}/secret", RenewSecret).RequireFreshProof();
    }

    /// <summary>All of them: there are 25 at most.</summary>
    private static async Task<Ok<ClientList>> List(Caller caller, IdentityDb db, CancellationToken cancellation)
    {
        var clients = await db.OAuthClients.AsNoTracking().Where(c => c.OwnerId == caller.Id).OrderByDescending(c => c.Id).ToListAsync(cancellation);
        return TypedResults.Ok(new ClientList([.. clients.Select(client => ClientResponse.From(client))], Next: null));
    }

    private static async Task<Results<Ok<ClientResponse>, ProblemHttpResult>> Get(string id, Caller caller, IdentityDb db, CancellationToken cancellation)
    {
        var client = await FindAsync(db.OAuthClients.AsNoTracking(), id, caller, cancellation);
        return client is null ? ClientNotFound() : TypedResults.Ok(ClientResponse.From(client));
    }

    private static async Task<Results<Created<ClientResponse>, ProblemHttpResult>> Create(
        CreateClientRequest request, HttpContext http, Caller caller, [AsParameters] ClientServices services, CancellationToken cancellation)
    {
        var errors = new List<FieldError>();
        if (request.Shape.Validate(errors) is not { } valid)
            return Problems.Validation(errors);

        var db = services.Db;
        await using var transaction = await db.Database.BeginTransactionAsync(cancellation);
        if (!await services.Opening.HoldAsync(caller, cancellation))
            return NotActive();
        if (await db.OAuthClients.CountAsync(c => c.OwnerId == caller.Id, cancellation) >= MostPerOwner)
            return Problems.Conflict("too_many_clients", $"An account has at most {MostPerOwner} clients.");

        var now = services.Clock.GetUtcNow();
        var secret = request.Public ? null : RandomSecret.New(OAuthSecret.ClientSecretPrefix);
        var client = new OAuthClient
        {
            Id = Guid.CreateVersion7(now).ToString("n"),
            OwnerId = caller.Id,
            Name = valid.Name,
            Homepage = valid.Homepage,
            SecretHash = secret is null ? null : RandomSecret.Hash(secret),
            RedirectUris = valid.RedirectUris,
            Scopes = valid.Scopes,
            Grants = valid.Grants,
            BotId = valid.Grants.Contains(GrantTypes.ClientCredentials) ? services.Bots.Add(valid.Name, caller.Id) : null,
            CreatedAt = now,
        };
        db.Add(client);
        await NotifyAsync(services, http, caller, $"The application “{client.Name}” was registered with your account.", cancellation);
        await transaction.CommitAsync(cancellation);
        services.Mails.Wake();
        http.Response.Headers.CacheControl = "no-store";
        return TypedResults.Created($"/api/v1/auth/clients/{client.Id}", ClientResponse.From(client, secret));
    }

    private static async Task<Results<Ok<ClientResponse>, ProblemHttpResult>> Change(
        string id, ChangeClientRequest request, HttpContext http, Caller caller, [AsParameters] ClientServices services, CancellationToken cancellation)
    {
        var db = services.Db;
        await using var transaction = await db.Database.BeginTransactionAsync(cancellation);
        if (!await services.Opening.HoldAsync(caller, cancellation))
            return NotActive();
        if (await HoldAsync(db, id, caller, cancellation) is not { } client)
            return ClientNotFound();

        var errors = new List<FieldError>();
        if (request.Applied(client).Validate(errors) is not { } valid)
            return Problems.Validation(errors);

        if (client.BotId is { } bot && valid.Name != client.Name && await db.Users.SingleOrDefaultAsync(a => a.Id == bot, cancellation) is { } account)
            services.Bots.Rename(account, valid.Name);
        client.Name = valid.Name;
        client.Homepage = valid.Homepage;
        client.RedirectUris = valid.RedirectUris;
        client.Scopes = valid.Scopes;
        await NotifyAsync(services, http, caller, $"Your application “{client.Name}” was changed.", cancellation);
        await transaction.CommitAsync(cancellation);
        services.Mails.Wake();
        return TypedResults.Ok(ClientResponse.From(client));
    }

    private static async Task<Results<Ok<ClientResponse>, ProblemHttpResult>> RenewSecret(
        string id, HttpContext http, Caller caller, [AsParameters] ClientServices services, CancellationToken cancellation)
    {
        var db = services.Db;
        await using var transaction = await db.Database.BeginTransactionAsync(cancellation);
        if (!await services.Opening.HoldAsync(caller, cancellation))
            return NotActive();
        if (await HoldAsync(db, id, caller, cancellation) is not { } client)
            return ClientNotFound();
        if (client.SecretHash is null)
            return Problems.Conflict("client_is_public", "A public client has no secret.");

        var secret = RandomSecret.New(OAuthSecret.ClientSecretPrefix);
        client.SecretHash = RandomSecret.Hash(secret);
        await NotifyAsync(services, http, caller, $"The secret of your application “{client.Name}” was renewed.", cancellation);
        await transaction.CommitAsync(cancellation);
        services.Mails.Wake();
        http.Response.Headers.CacheControl = "no-store";
        return TypedResults.Ok(ClientResponse.From(client, secret));
    }

    private static async Task<Results<NoContent, ProblemHttpResult>> Remove(
        string id, HttpContext http, Caller caller, ClientRemoval removal, [AsParameters] ClientServices services, CancellationToken cancellation)
    {
        if (await FindAsync(services.Db.OAuthClients.AsNoTracking(), id, caller, cancellation) is not { } client)
            return ClientNotFound();

        var effective = await removal.RemoveAsync(client.Id, cancellation);
        await NotifyAsync(services, http, caller, $"Your application “{client.Name}” was removed.", cancellation);
        services.Mails.Wake();
        return effective ? TypedResults.NoContent() : SessionEnding.NotYetEffective();
    }

    /// <summary>Saves, with a mail to the owner about it.</summary>
    private static async Task NotifyAsync(ClientServices services, HttpContext http, Caller caller, string what, CancellationToken cancellation)
    {
        if (await services.Db.Users.AsNoTracking().SingleOrDefaultAsync(a => a.Id == caller.Id, cancellation) is { } owner)
            services.Notices.Queue(what, owner, http);
        await services.Db.SaveChangesAsync(cancellation);
    }

    /// <summary>One change at a time.</summary>
    private static Task<OAuthClient?> HoldAsync(IdentityDb db, string id, Caller caller, CancellationToken cancellation) =>
        ConfiguredClient.IsId(id)
            ? db.OAuthClients.FromSql($"select * from oauth_clients where id = {id} and owner_id = {caller.Id} for no key update").SingleOrDefaultAsync(cancellation)
            : Task.FromResult<OAuthClient?>(null);

    private static Task<OAuthClient?> FindAsync(IQueryable<OAuthClient> clients, string id, Caller caller, CancellationToken cancellation) =>
        ConfiguredClient.IsId(id) ? clients.SingleOrDefaultAsync(c => c.Id == id && c.OwnerId == caller.Id, cancellation) : Task.FromResult<OAuthClient?>(null);

    private static ProblemHttpResult NotActive() => Problems.Unauthorized("unauthenticated", "This account is not in use any more, or the session has ended.");

    private static ProblemHttpResult ClientNotFound() => Problems.NotFound("client_not_found", "There is no such client of yours.");
}

internal sealed record ClientServices(IdentityDb Db, SessionOpening Opening, ClientBots Bots, SecurityNotices Notices, Mails Mails, TimeProvider Clock);
