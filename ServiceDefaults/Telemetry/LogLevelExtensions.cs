using Microsoft.Extensions.Configuration.Memory;
using Microsoft.Extensions.Hosting;

namespace Chat.ServiceDefaults.Telemetry;

/// <summary>Keeps logs to what a person wants to read; any <c>Logging:LogLevel:…</c> of the configuration wins.</summary>
internal static class LogLevelExtensions
{
    public static void AddLogLevels(this IHostApplicationBuilder builder) => builder.Configuration.Sources.Insert(0, new MemoryConfigurationSource
    {
        InitialData =
        [
            new("Logging:LogLevel:Default", "Information"),
            new("Logging:LogLevel:Microsoft.AspNetCore", "Warning"),
            new("Logging:LogLevel:Microsoft.EntityFrameworkCore", "Warning"),
            new("Logging:LogLevel:Microsoft.Extensions.Diagnostics.HealthChecks", "Critical"),
            new("Logging:LogLevel:Npgsql", "Warning"),
            new("Logging:LogLevel:System.Net.Http", "Warning"),
            new("Logging:LogLevel:Yarp", "Warning"),
            new("Logging:LogLevel:MassTransit", "Warning"),
        ],
    });
}
