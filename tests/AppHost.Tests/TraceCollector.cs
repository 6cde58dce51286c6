using System.Collections.Concurrent;
using System.IO.Compression;
using Google.Protobuf;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Chat.AppHost.Tests;

/// <summary>One exported span.</summary>
public sealed record CollectedSpan(string Service, string Name, string TraceId, string SpanId, string ParentId);

/// <summary>Receives OTLP over HTTP with protobuf and keeps the spans.</summary>
/// <remarks>Field numbers: opentelemetry-proto 1.x, trace/v1/trace.proto, resource/v1/resource.proto and common/v1/common.proto.</remarks>
public sealed class TraceCollector : IAsyncDisposable
{
    private readonly ConcurrentQueue<CollectedSpan> _spans = new();
    private WebApplication? _app;

    public Uri Address { get; private set; } = new("http://localhost");

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        _app = builder.Build();
        _app.MapPost("/v1/traces", ReceiveAsync);
        _app.MapPost("/v1/{signal}", () => Results.Ok());
        await _app.StartAsync(cancellationToken);
        Address = new Uri(_app.Urls.First());
    }

    public async ValueTask DisposeAsync()
    {
        if (_app is not null)
        {
            await _app.DisposeAsync();
        }
    }

    /// <summary>Polls until the spans of a trace satisfy the condition; services export in batches, every five seconds.</summary>
    public async Task<IReadOnlyList<CollectedSpan>> WaitAsync(string traceId, Func<IReadOnlyList<CollectedSpan>, bool> complete, TimeSpan limit)
    {
        var deadline = DateTimeOffset.UtcNow + limit;
        while (true)
        {
            var spans = _spans.Where(span => span.TraceId == traceId).ToList();
            if (complete(spans))
            {
                return spans;
            }

            Assert.True(DateTimeOffset.UtcNow < deadline, $"waited for the spans of trace {traceId}, have: {string.Join(", ", spans.Select(span => $"{span.Service}: {span.Name}"))}");
            await Task.Delay(50, TestContext.Current.CancellationToken);
        }
    }

    private async Task<IResult> ReceiveAsync(HttpRequest request)
    {
        await using var body = request.Headers.ContentEncoding == "gzip" ? new GZipStream(request.Body, CompressionMode.Decompress) : request.Body;
        using var bytes = new MemoryStream();
        await body.CopyToAsync(bytes, request.HttpContext.RequestAborted);
        foreach (var resourceSpans in Messages(bytes.ToArray(), 1))
        {
            var service = Messages(resourceSpans, 1).SelectMany(resource => Messages(resource, 1)).Where(attribute => Text(attribute, 1) == "service.name")
                .Select(attribute => Text(Messages(attribute, 2).First(), 1)).FirstOrDefault("");
            foreach (var span in Messages(resourceSpans, 2).SelectMany(scope => Messages(scope, 2)))
            {
                _spans.Enqueue(new CollectedSpan(service, Text(span, 5), Hex(span, 1), Hex(span, 2), Hex(span, 4)));
            }
        }

        return Results.Bytes([], "application/x-protobuf");
    }

    private static string Text(byte[] message, int field) => Messages(message, field).Select(System.Text.Encoding.UTF8.GetString).FirstOrDefault("");

    private static string Hex(byte[] message, int field) => Messages(message, field).Select(Convert.ToHexStringLower).FirstOrDefault("");

    private static List<byte[]> Messages(byte[] message, int field)
    {
        var found = new List<byte[]>();
        var input = new CodedInputStream(message);
        while (input.ReadTag() is var tag && tag != 0)
        {
            if (WireFormat.GetTagFieldNumber(tag) == field && WireFormat.GetTagWireType(tag) == WireFormat.WireType.LengthDelimited)
            {
                found.Add(input.ReadBytes().ToByteArray());
            }
            else
            {
                input.SkipLastField();
            }
        }

        return found;
    }
}
