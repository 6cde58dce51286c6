using System.Buffers.Text;
using System.Diagnostics;
using System.Net.Sockets;
using System.Text;

namespace Chat.Load.MessagePath;

/// <summary>
/// One person on one connection, who sends the next message when the last is answered. HTTP/1.1 by hand over a socket: a whole HTTP client for each of hundreds of senders would
/// take as much of the machine as what is measured.
/// </summary>
internal sealed class Sender : IDisposable
{
    private const string Text = "The harbour lights went out one by one, and nobody said a word until the ferry had gone.";

    private readonly Socket _socket = new(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
    private readonly byte[] _request;
    private readonly byte[] _answer = new byte[16 * 1024];
    private readonly int _channelAt;
    private readonly int _nonceAt;
    private readonly string _run = Guid.NewGuid().ToString("n")[..20];
    private long _sent;

    private Sender(Uri service, string token)
    {
        var body = $$"""{"content":"{{Text}}","nonce":"{{_run}}000000000000"}""";
        var head = $"POST /api/v1/channels/{Guid.Empty}/messages HTTP/1.1\r\nHost: {service.Authority}\r\nAuthorization: Bearer {token}\r\nContent-Type: application/json\r\nContent-Length: {body.Length}\r\n\r\n";
        _request = Encoding.ASCII.GetBytes(head + body);
        _channelAt = head.IndexOf(Guid.Empty.ToString(), StringComparison.Ordinal);
        _nonceAt = head.Length + body.IndexOf(_run, StringComparison.Ordinal) + _run.Length;
    }

    /// <summary>Milliseconds of each answered send.</summary>
    public List<float> Latencies { get; } = [];

    /// <summary>Answers other than 201, by status.</summary>
    public Dictionary<int, int> Refusals { get; } = [];

    public static async Task<Sender> ConnectAsync(Uri service, string token)
    {
        var sender = new Sender(service, token);
        await sender._socket.ConnectAsync(service.Host, service.Port);
        return sender;
    }

    /// <summary>Sends one message after the other until told to stop.</summary>
    /// <param name="channel">Where the n-th goes.</param>
    public async Task RunAsync(Func<long, Guid> channel, CancellationToken ending)
    {
        while (!ending.IsCancellationRequested)
        {
            var started = Stopwatch.GetTimestamp();
            var status = await SendAsync(channel(_sent++));
            Latencies.Add((float)Stopwatch.GetElapsedTime(started).TotalMilliseconds);
            if (status != 201)
                Refusals[status] = Refusals.GetValueOrDefault(status) + 1;
        }
    }

    /// <summary>Sends one message and returns how it was answered.</summary>
    public async Task<int> SendAsync(Guid channel)
    {
        channel.TryFormat(_request.AsSpan(_channelAt, 36), out _);
        Utf8Formatter.TryFormat(_sent, _request.AsSpan(_nonceAt, 12), out _, new('D', 12));
        await _socket.SendAsync(_request);
        var read = 0;
        do
        {
            var more = await _socket.ReceiveAsync(_answer.AsMemory(read));
            read = more > 0 ? read + more : throw new IOException("The service closed the connection.");
        }
        while (!IsWhole(_answer.AsSpan(0, read)));
        return int.Parse(_answer.AsSpan(9, 3), System.Globalization.CultureInfo.InvariantCulture);
    }

    public void Dispose() => _socket.Dispose();

    private static bool IsWhole(ReadOnlySpan<byte> answer)
    {
        var end = answer.IndexOf("\r\n\r\n"u8);
        if (end < 0)
            return false;
        var head = answer[..end];
        if (head.IndexOf("Transfer-Encoding: chunked"u8) >= 0)
            return answer.EndsWith("\r\n0\r\n\r\n"u8);
        var length = head.IndexOf("Content-Length: "u8);
        return length < 0 || (Utf8Parser.TryParse(head[(length + 16)..], out int body, out _) && answer.Length >= end + 4 + body);
    }
}
