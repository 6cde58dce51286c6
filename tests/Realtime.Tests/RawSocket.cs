using System.Net;
using System.Net.WebSockets;
using System.Text;
using System.Text.Json;

namespace Chat.Realtime.Tests;

/// <summary>A WebSocket without manners: sends anything, shows every frame and the close.</summary>
internal sealed class RawSocket : IDisposable
{
    private readonly byte[] _buffer = new byte[1 << 16];

    public ClientWebSocket Socket { get; } = new();

    public static Task<RawSocket> OpenAsync(Uri url, Action<ClientWebSocketOptions>? configure = null) => OpenAsync(() => Task.FromResult(url), configure);

    /// <summary>Comes again, with another address, as long as it is asked to: a store may not answer in time on a busy machine.</summary>
    public static async Task<RawSocket> OpenAsync(Func<Task<Uri>> url, Action<ClientWebSocketOptions>? configure = null)
    {
        using var limit = Limit();
        while (true)
        {
            var raw = new RawSocket();
            raw.Socket.Options.KeepAliveInterval = TimeSpan.Zero;
            raw.Socket.Options.CollectHttpResponseDetails = true;
            configure?.Invoke(raw.Socket.Options);
            try
            {
                await raw.Socket.ConnectAsync(await url(), limit.Token);
                return raw;
            }
            catch (WebSocketException) when (raw.Socket.HttpStatusCode == HttpStatusCode.ServiceUnavailable)
            {
                raw.Dispose();
                await Task.Delay(100, limit.Token);
            }
        }
    }

    public async Task<RawSocket> IdentifyAsync()
    {
        await ExpectAsync("hello");
        await SendAsync("""{"t":"identify","d":{}}""");
        await ExpectAsync("ready");
        return this;
    }

    public Task SendAsync(string text) => SendAsync(Encoding.UTF8.GetBytes(text), WebSocketMessageType.Text);

    public async Task SendAsync(byte[] bytes, WebSocketMessageType type, bool end = true)
    {
        using var limit = Limit();
        await Socket.SendAsync(bytes, type, end, limit.Token);
    }

    /// <summary>The next frame, or null once closed or cut.</summary>
    public async Task<JsonElement?> NextAsync()
    {
        using var limit = Limit();
        var length = 0;
        try
        {
            while (true)
            {
                var received = await Socket.ReceiveAsync(_buffer.AsMemory(length), limit.Token);
                if (received.MessageType is WebSocketMessageType.Close)
                    return null;
                length += received.Count;
                if (received.EndOfMessage)
                    return JsonSerializer.Deserialize<JsonElement>(_buffer.AsSpan(0, length));
            }
        }
        catch (WebSocketException)
        {
            return null;
        }
    }

    /// <summary>The next frame of this type; others before it are an error unless they are its <paramref name="skip"/>.</summary>
    public async Task<JsonElement> ExpectAsync(string type, string? skip = null)
    {
        while (true)
        {
            var frame = await NextAsync() ?? throw new InvalidOperationException($"Closed with {(int?)Socket.CloseStatus} {Socket.CloseStatusDescription} before {type} came.");
            var actual = frame.GetProperty("t").GetString();
            if (actual == type)
                return frame;
            Assert.True(actual == skip, $"Expected {type}, got {frame}");
        }
    }

    public async Task ExpectErrorAsync(string code)
    {
        var error = await ExpectAsync("error");
        Assert.Equal(code, error.GetProperty("d").GetProperty("code").GetString());
    }

    /// <summary>Reads to the end and returns the close code, null when the connection was cut without one.</summary>
    public async Task<int?> CloseCodeAsync()
    {
        while (await NextAsync() is not null)
        {
        }
        return (int?)Socket.CloseStatus;
    }

    public void Dispose() => Socket.Dispose();

    private static CancellationTokenSource Limit()
    {
        var limit = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        limit.CancelAfter(Eventually.Limit);
        return limit;
    }
}
