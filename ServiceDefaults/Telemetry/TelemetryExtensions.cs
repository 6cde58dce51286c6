using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using OpenTelemetry;
using OpenTelemetry.Exporter;
using OpenTelemetry.Logs;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace Chat.ServiceDefaults.Telemetry;

/// <summary>Traces, metrics and logs over OTLP (HTTP, protobuf), when <c>OTEL_EXPORTER_OTLP_ENDPOINT</c> says where to.</summary>
internal static class TelemetryExtensions
{
    private static readonly string[] Sources = ["Chat.*", "Microsoft.AspNetCore", "System.Net.Http", "Npgsql", "MassTransit", "Yarp.ReverseProxy"];

    private static readonly string[] Meters =
        ["Chat.*", "Microsoft.AspNetCore.Hosting", "Microsoft.AspNetCore.Server.Kestrel", "System.Net.Http", "System.Runtime", "Npgsql", "MassTransit"];

    public static void AddTelemetry(this IHostApplicationBuilder builder)
    {
        if (builder.Configuration["OTEL_EXPORTER_OTLP_ENDPOINT"] is not { Length: > 0 } configured)
        {
            return;
        }

        var endpoint = new Uri(configured.TrimEnd('/') + '/');
        var resource = ResourceBuilder.CreateDefault().AddService(
            builder.Configuration["OTEL_SERVICE_NAME"] ?? builder.Environment.ApplicationName,
            serviceInstanceId: builder.Configuration["OTEL_SERVICE_INSTANCE_ID"] ?? Environment.ProcessId.ToString(System.Globalization.CultureInfo.InvariantCulture))
            .AddEnvironmentVariableDetector();
        builder.Logging.AddOpenTelemetry(logging =>
        {
            logging.IncludeFormattedMessage = true;
            logging.SetResourceBuilder(resource);
            logging.AddOtlpExporter(exporter =>
            {
                exporter.Protocol = OtlpExportProtocol.HttpProtobuf;
                exporter.Endpoint = new Uri(endpoint, "v1/logs");
            });
        });
        builder.Services.AddHostedService(services => new TelemetryService(() => Start(endpoint, resource)));
    }

    private static OpenTelemetrySdk Start(Uri endpoint, ResourceBuilder resource) => OpenTelemetrySdk.Create(telemetry => telemetry
        .WithTracing(tracing => tracing.SetResourceBuilder(resource).AddSource(Sources))
        .WithMetrics(metrics => metrics.SetResourceBuilder(resource).AddMeter(Meters))
        .UseOtlpExporter(OtlpExportProtocol.HttpProtobuf, endpoint));

    /// <summary>Holds the SDK for the life of the process: OpenTelemetry.Extensions.Hosting does just this where it can be had.</summary>
    private sealed class TelemetryService(Func<OpenTelemetrySdk> start) : IHostedLifecycleService, IDisposable
    {
        private OpenTelemetrySdk? _sdk;

        public Task StartingAsync(CancellationToken cancellationToken)
        {
            _sdk = start();
            return Task.CompletedTask;
        }

        public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public void Dispose() => _sdk?.Dispose();
    }
}
