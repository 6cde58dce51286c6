using Chat.Stores;
using Microsoft.Extensions.DependencyInjection;

namespace Chat.Gateway.Tests;

internal static class GatewayHost
{
    public const string PublicAddress = "https://chat.example";

    /// <summary>Starts a gateway of this process on a port of its own.</summary>
    public static RunningService<GatewayService> Start(Stores.Stores stores, IEnumerable<(string Key, string? Value)> settings, Action<IServiceCollection>? services = null)
    {
        var all = new Dictionary<string, string?>(StringComparer.Ordinal)
        {
            ["environment"] = "Production",
            ["ServiceKey"] = Stores.Stores.ServiceKey,
            ["Auth:Issuer"] = PublicAddress,
            ["ConnectionStrings:rabbitmq"] = stores.RabbitMq,
        };
        foreach (var (key, value) in settings)
        {
            all[key] = value;
        }

        return RunningService.Start<GatewayService>(all, services);
    }
}
