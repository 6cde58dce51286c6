using System.Collections.Concurrent;
using System.IO.Compression;
using Google.Protobuf;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Chat.Load.MessagePath;

/// <summary>How often something was recorded, and its sum.</summary>
internal readonly record struct Recorded(double Count, double Sum)
{
    public double Mean => Count > 0 ? Sum / Count : double.NaN;

    public static Recorded operator -(Recorded now, Recorded before) => new(now.Count - before.Count, now.Sum - before.Sum);
}

/// <summary>Receives OTLP over HTTP with protobuf and keeps the newest state of each service's histograms, which count from the service's start.</summary>
/// <remarks>Field numbers: opentelemetry-proto 1.x, metrics/v1/metrics.proto, resource/v1/resource.proto and common/v1/common.proto.</remarks>
internal sealed class MetricsCollector : IAsyncDisposable
{
    /// <summary>How often services export.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(500);

    private readonly ConcurrentDictionary<(string Service, string Metric), Recorded> _newest = new();
    private readonly ConcurrentDictionary<string, long> _exports = new(StringComparer.Ordinal);
    private readonly WebApplication _app;

    private MetricsCollector(WebApplication app) => _app = app;

    public Uri Address => new(_app.Urls.First());

    public static async Task<MetricsCollector> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var app = builder.Build();
        var collector = new MetricsCollector(app);
        app.MapPost("/v1/metrics", collector.ReceiveAsync);
        app.MapPost("/v1/{signal}", () => Results.Bytes([], "application/x-protobuf"));
        await app.StartAsync();
        return collector;
    }

    /// <summary>The state of an export that began after this call: two of them have come since.</summary>
    public async Task<Func<string, Recorded>> ReadAsync(string service)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(1));
        using var timer = new PeriodicTimer(Interval / 10);
        for (var before = _exports.GetValueOrDefault(service); _exports.GetValueOrDefault(service) < before + 2;)
            await timer.WaitForNextTickAsync(limit.Token);
        var state = _newest.Where(entry => entry.Key.Service == service).ToDictionary(entry => entry.Key.Metric, entry => entry.Value, StringComparer.Ordinal);
        return metric => state.GetValueOrDefault(metric);
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private async Task<IResult> ReceiveAsync(HttpRequest request)
    {
        await using var body = request.Headers.ContentEncoding == "gzip" ? new GZipStream(request.Body, CompressionMode.Decompress) : request.Body;
        using var bytes = new MemoryStream();
        await body.CopyToAsync(bytes, request.HttpContext.RequestAborted);
        foreach (var resource in Messages(bytes.ToArray(), 1))
        {
            var service = Messages(resource, 1).SelectMany(described => Messages(described, 1)).Where(attribute => Text(attribute, 1) == "service.name")
                .Select(attribute => Text(Messages(attribute, 2).First(), 1)).FirstOrDefault("");
            foreach (var metric in Messages(resource, 2).SelectMany(scope => Messages(scope, 2)))
            {
                foreach (var histogram in Messages(metric, 9))
                    _newest[(service, Text(metric, 1))] = Messages(histogram, 1).Select(Point).Aggregate(default(Recorded), (sum, one) => new(sum.Count + one.Count, sum.Sum + one.Sum));
            }

            _exports.AddOrUpdate(service, 1, (_, count) => count + 1);
        }

        return Results.Bytes([], "application/x-protobuf");
    }

    private static Recorded Point(byte[] point)
    {
        var (count, sum) = (0UL, 0.0);
        var input = new CodedInputStream(point);
        while (input.ReadTag() is var tag && tag != 0)
        {
            switch (WireFormat.GetTagFieldNumber(tag))
            {
                case 4:
                    count = input.ReadFixed64();
                    break;
                case 5:
                    sum = input.ReadDouble();
                    break;
                default:
                    input.SkipLastField();
                    break;
            }
        }

        return new Recorded(count, sum);
    }

    private static string Text(byte[] message, int field) => Messages(message, field).Select(System.Text.Encoding.UTF8.GetString).FirstOrDefault("");

    private static List<byte[]> Messages(byte[] message, int field)
    {
        var found = new List<byte[]>();
        var input = new CodedInputStream(message);
        while (input.ReadTag() is var tag && tag != 0)
        {
            if (WireFormat.GetTagFieldNumber(tag) == field && WireFormat.GetTagWireType(tag) == WireFormat.WireType.LengthDelimited)
                found.Add(input.ReadBytes().ToByteArray());
            else
                input.SkipLastField();
        }

        return found;
    }
}
