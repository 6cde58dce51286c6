using Chat.Identity.Data;
using Chat.Identity.Tokens;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace Chat.Identity.OAuth.Clients;

/// <summary>Makes the clients without an owner those of the configuration, before the service listens. Replicas wait for one another.</summary>
internal sealed partial class ConfiguredClients(IServiceScopeFactory scopes, IOptions<OAuthOptions> options, TimeProvider clock, ILogger<ConfiguredClients> logger) : IHostedService
{
    // Any constant unlike the other advisory locks of this database.
    private const long ClientsLock = 0x636C_6965_6E74_73;

    private static readonly TimeSpan Retry = TimeSpan.FromSeconds(1);

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        while (!await TryApplyAsync(cancellationToken))
            await Task.Delay(Retry, cancellationToken);
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private async Task<bool> TryApplyAsync(CancellationToken cancellation)
    {
        try
        {
            await using var scope = scopes.CreateAsyncScope();
            var db = scope.ServiceProvider.GetRequiredService<IdentityDb>();
            await StoreAsync(db, scope.ServiceProvider.GetRequiredService<ClientBots>(), cancellation);

            var configured = options.Value.Clients.Select(client => client.Id).ToList();
            var removal = scope.ServiceProvider.GetRequiredService<ClientRemoval>();
            foreach (var gone in await db.OAuthClients.Where(c => c.OwnerId == null && !configured.Contains(c.Id)).Select(c => c.Id).ToListAsync(cancellation))
            {
                await removal.RemoveAsync(gone, cancellation);
                LogRemoved(gone);
            }

            return true;
        }
        catch (Exception exception) when (exception is TimeoutException || exception.IsFromDatabase())
        {
            LogFailed(exception.Message);
            return false;
        }
    }

    private async Task StoreAsync(IdentityDb db, ClientBots bots, CancellationToken cancellation)
    {
        await using var transaction = await db.Database.BeginTransactionAsync(cancellation);
        await db.Database.ExecuteSqlAsync($"select pg_advisory_xact_lock({ClientsLock})", cancellation);
        foreach (var configured in options.Value.Clients)
            await StoreAsync(db, bots, configured, cancellation);

        await db.SaveChangesAsync(cancellation);
        await transaction.CommitAsync(cancellation);
    }

    private async Task StoreAsync(IdentityDb db, ClientBots bots, ConfiguredClient configured, CancellationToken cancellation)
    {
        // The options were validated before this.
        var valid = configured.Shape.Validate([]) ?? throw new InvalidOperationException($"The client {configured.Id} is not valid.");
        var client = await db.OAuthClients.SingleOrDefaultAsync(c => c.Id == configured.Id, cancellation);
        if (client is { OwnerId: not null })
            throw new InvalidOperationException($"OAuth:Clients: {configured.Id} is the id of a client that somebody has registered. Choose another.");
        if (client is null)
        {
            client = new OAuthClient { Id = configured.Id, Name = "", RedirectUris = [], Scopes = [], Grants = [], CreatedAt = clock.GetUtcNow() };
            db.Add(client);
        }

        client.Name = valid.Name;
        client.Homepage = valid.Homepage;
        client.SecretHash = configured.Shape.Public ? null : RandomSecret.Hash(configured.Secret ?? "");
        client.RedirectUris = valid.RedirectUris;
        client.Scopes = valid.Scopes;
        client.Grants = valid.Grants;
        if (valid.Grants.Contains(GrantTypes.ClientCredentials))
            client.BotId ??= bots.Add(valid.Name, owner: null);
    }

    [LoggerMessage(LogLevel.Information, "Client {Client} is not in the configuration any more and was removed, with everything it was allowed")]
    private partial void LogRemoved(string client);

    [LoggerMessage(LogLevel.Warning, "The clients of the configuration could not be stored, trying again: {Reason}")]
    private partial void LogFailed(string reason);
}
