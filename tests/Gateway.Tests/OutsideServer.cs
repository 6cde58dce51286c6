using System.Net.WebSockets;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Chat.Gateway.Tests;

/// <summary>
/// A server that is none of ours: it tells what reached it, header by header, stays silent or sets headers when asked to, and echoes sockets. What a real service
/// would hide behind its own rules can be seen with it.
/// </summary>
internal sealed class OutsideServer : IAsyncDisposable
{
    /// <summary>Followed by the name of a header that the reply shall have; several values are parted by <c>|</c>.</summary>
    public const string Reply = "Test-Reply-";

    private readonly WebApplication _app;

    private OutsideServer(WebApplication app) => (_app, Address) = (app, new Uri(app.Urls.First()));

    public Uri Address { get; }

    public static async Task<OutsideServer> StartAsync(string name, int port = 0)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(System.Net.IPAddress.Loopback, port == 0 ? FreePort.Take() : port));
        builder.Services.Configure<Microsoft.Extensions.Hosting.HostOptions>(options => options.ShutdownTimeout = TimeSpan.FromMilliseconds(200));
        var app = builder.Build();
        app.UseWebSockets();
        app.Run(context => AnswerAsync(context, name));
        await app.StartAsync();
        return new OutsideServer(app);
    }

    public async ValueTask DisposeAsync() => await _app.DisposeAsync();

    private static async Task AnswerAsync(HttpContext context, string name)
    {
        if (context.WebSockets.IsWebSocketRequest)
        {
            await EchoAsync(context);
            return;
        }

        if (context.Request.Headers.ContainsKey("Test-Silence"))
        {
            await Task.Delay(Timeout.Infinite, context.RequestAborted).ContinueWith(_ => { }, TaskScheduler.Default);
            return;
        }

        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body, context.RequestAborted);
        context.Response.Headers.Server = "outside/1.0";
        context.Response.Headers["X-Powered-By"] = "outside";
        foreach (var (asked, value) in context.Request.Headers.Where(header => header.Key.StartsWith(Reply, StringComparison.OrdinalIgnoreCase)))
        {
            context.Response.Headers[asked[Reply.Length..]] = value.ToString().Split('|');
        }

        var received = new Received(
            name,
            context.Request.Method,
            context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget,
            context.Request.Headers.ToDictionary(header => header.Key, header => header.Value.ToString(), StringComparer.OrdinalIgnoreCase),
            body.Length);
        await context.Response.WriteAsJsonAsync(received, JsonSerializerOptions.Web, context.RequestAborted);
    }

    private static async Task EchoAsync(HttpContext context)
    {
        using var socket = await context.WebSockets.AcceptWebSocketAsync();
        var buffer = new byte[4096];
        while (await socket.ReceiveAsync(buffer, context.RequestAborted) is { MessageType: not WebSocketMessageType.Close } message)
        {
            if (buffer.AsSpan(0, message.Count).SequenceEqual("close 4009"u8))
            {
                await socket.CloseAsync((WebSocketCloseStatus)4009, "session revoked", context.RequestAborted);
                return;
            }

            await socket.SendAsync(buffer.AsMemory(0, message.Count), message.MessageType, message.EndOfMessage, context.RequestAborted);
        }

        await socket.CloseAsync(socket.CloseStatus ?? WebSocketCloseStatus.NormalClosure, socket.CloseStatusDescription, context.RequestAborted);
    }
}

/// <summary>What reached the server.</summary>
internal sealed record Received(string Name, string Method, string Target, Dictionary<string, string> Headers, long BodyBytes);
