using Chat.ServiceDefaults.Tokens;
using MassTransit;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Npgsql;

namespace Chat.Stores;

/// <summary>
/// Queues of a service under test that bear its database's name too: replicas on one database share them as in production, replicas of another test take nothing from them. They hear
/// the same events, and go by themselves when nobody has used them for a while.
/// </summary>
internal sealed class OwnQueues : IConfigureReceiveEndpoint
{
    /// <summary>Longer than any test stops a service, so that what was for it waits there.</summary>
    private static readonly TimeSpan Expiry = TimeSpan.FromMinutes(5);

    /// <summary>For a service that keeps its data in <c>ConnectionStrings:{service}db</c>; any other has no queue that outlives it.</summary>
    public static void Add(IServiceCollection services, IConfiguration settings, IHostEnvironment environment)
    {
        var service = ServiceTokens.NameOf(environment);
        if (settings.GetConnectionString($"{service}db") is not { } connection)
        {
            return;
        }

        // The names of databases differ at the end.
        var database = new NpgsqlConnectionStringBuilder(connection).Database ?? "";
        services.AddSingleton<IEndpointNameFormatter>(new KebabCaseEndpointNameFormatter($"{service}-{database[^Math.Min(12, database.Length)..]}", includeNamespace: false));
        services.AddSingleton<IConfigureReceiveEndpoint, OwnQueues>();
    }

    /// <inheritdoc/>
    public void Configure(string name, IReceiveEndpointConfigurator configurator)
    {
        if (configurator is IRabbitMqReceiveEndpointConfigurator queue)
        {
            queue.QueueExpiration = Expiry;
        }
    }
}
