using Chat.ServiceDefaults.Events;
using Microsoft.Extensions.DependencyInjection;

namespace Microsoft.Extensions.Hosting;

/// <summary>Registers the outbox.</summary>
public static class OutboxExtensions
{
    /// <summary>
    /// Registers <see cref="Outbox"/> and the publisher on the service's <see cref="Npgsql.NpgsqlDataSource"/>. Needs <c>AddNpgsqlDbContext</c>, <c>AddEventBus</c> and a
    /// model with <c>AddOutbox()</c>.
    /// </summary>
    public static void AddOutbox(this IHostApplicationBuilder builder)
    {
        builder.Services.AddSingleton<Outbox>();
        builder.Services.AddSingleton<OutboxMetrics>();
        builder.Services.AddSingleton<OutboxChannel>();
        builder.Services.AddHostedService<OutboxPublisher>();
    }
}
