using MassTransit;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Chat.Gateway.Sessions;

internal static class SessionsExtensions
{
    public static void AddSessions(this IHostApplicationBuilder builder)
    {
        builder.Services.AddSingleton<SessionTokens>();
        builder.AddInternalClient<IdentitySessions>("identity");
        builder.AddEventBus(bus =>
        {
            bus.AddConsumer<SessionRevokedConsumer, SessionRevokedConsumerDefinition>();

            // Without the broker a gateway serves as before; only its memory of ended sessions lags behind.
            bus.ConfigureHealthCheckOptions(health => health.MinimalFailureStatus = HealthStatus.Degraded);
        });
    }
}
