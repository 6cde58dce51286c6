using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Options;

namespace Chat.Gateway.Limits;

internal static class LimitsExtensions
{
    /// <summary>Less than a service takes, so that a request which passes here with a token added passes there.</summary>
    private const int HeaderBytes = 16 * 1024;

    public static void AddLimits(this IHostApplicationBuilder builder)
    {
        builder.Services.AddSingleton<OpenSockets>();
        builder.Services.AddHostedService(services => services.GetRequiredService<OpenSockets>());
        builder.Services.Configure<HostOptions>(options => options.ShutdownTimeout = TimeSpan.FromSeconds(4));
        builder.Services.AddOptions<KestrelServerOptions>().Configure<IOptions<GatewayOptions>>((kestrel, gateway) =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxConcurrentConnections = gateway.Value.MaxConnections;
            kestrel.Limits.MaxRequestHeadersTotalSize = HeaderBytes;
            kestrel.Limits.MaxRequestHeaderCount = 64;
            kestrel.Limits.RequestHeadersTimeout = TimeSpan.FromSeconds(10);
        });
    }
}
