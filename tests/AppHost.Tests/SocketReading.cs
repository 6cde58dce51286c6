namespace Chat.AppHost.Tests;

/// <summary>A socket that is read in the background: it holds every channel event received, in order.</summary>
public sealed class SocketReading : IAsyncDisposable
{
    private readonly Lock _lock = new();
    private readonly List<ChannelEventFrame> _events = [];
    private readonly List<SocketFrame> _others = [];
    private readonly Task _reading;

    private SocketReading(ChatSocket socket)
    {
        Socket = socket;
        _reading = ReadAsync();
    }

    public ChatSocket Socket { get; }

    /// <summary>Connects, subscribes and reads from then on.</summary>
    public static async Task<SocketReading> StartAsync(ChatClient client, Guid channel, long? after = null)
    {
        var reading = new SocketReading(client.CreateSocket(new ChatSocketOptions { FrameBuffer = 65536 }));
        await reading.Socket.ConnectAsync(TestContext.Current.CancellationToken);
        await reading.Socket.SubscribeAsync(channel, after, TestContext.Current.CancellationToken);
        return reading;
    }

    public IReadOnlyList<ChannelEventFrame> Events()
    {
        lock (_lock)
        {
            return [.. _events];
        }
    }

    public IReadOnlyList<SocketFrame> Others()
    {
        lock (_lock)
        {
            return [.. _others];
        }
    }

    public IEnumerable<string> Contents() => Events().Select(e => e.Data.GetProperty("content").GetString() ?? "");

    /// <summary>Polls until the event with this content is there.</summary>
    public Task WaitForAsync(string content, TimeSpan limit) => WaitAsync(() => Contents().Contains(content), $"message '{content}'", limit);

    /// <summary>Polls until a condition on what was received holds.</summary>
    public async Task WaitAsync(Func<bool> condition, string what, TimeSpan limit)
    {
        var deadline = DateTimeOffset.UtcNow + limit;
        while (!condition())
        {
            Assert.True(DateTimeOffset.UtcNow < deadline, $"waited {limit.TotalSeconds} s for {what}; received {Events().Count} events, last others: {string.Join(", ", Others().TakeLast(3))}");
            await Task.Delay(10, TestContext.Current.CancellationToken);
        }
    }

    /// <summary>Fails unless every frame obeyed the protocol's order.</summary>
    public void AssertNoViolation() => Assert.Empty(Socket.Violations);

    public async ValueTask DisposeAsync()
    {
        await Socket.DisposeAsync();
        await _reading;
    }

    private async Task ReadAsync()
    {
        await foreach (var frame in Socket.ReadAllAsync())
        {
            lock (_lock)
            {
                if (frame is ChannelEventFrame e)
                {
                    _events.Add(e);
                }
                else
                {
                    _others.Add(frame);
                }
            }
        }
    }
}
