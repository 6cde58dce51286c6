using System.Buffers.Binary;
using System.Text;

namespace Chat.Hosting.Servers;

/// <summary>Opens and closes one AMQP 0-9-1 connection: the proof that a broker accepts these credentials.</summary>
internal static class AmqpHandshake
{
    private const int MaxFrame = 64 * 1024;
    private const ushort Connection = 10;

    /// <summary>False, not an exception, when it does not answer within 3 s.</summary>
    public static Task<bool> SucceedsAsync(ServerAddress address, string userName, string password, string virtualHost, CancellationToken cancellationToken) => address.AskAsync(async (stream, patience) =>
    {
        await stream.WriteAsync("AMQP\0\0\u0009\u0001"u8.ToArray(), patience);
        if (await ReceiveAsync(stream, patience) is not (10, _))
            return false;
        // Start-Ok: no client properties, mechanism, response, locale.
        await SendAsync(stream, 11, [0, 0, 0, 0, .. Short("PLAIN"), .. Long($"\0{userName}\0{password}"), .. Short("en_US")], patience);
        if (await ReceiveAsync(stream, patience) is not (30, { } tune))
            return false;
        await SendAsync(stream, 31, tune, patience);
        await SendAsync(stream, 40, [.. Short(virtualHost), 0, 0], patience);
        if (await ReceiveAsync(stream, patience) is not (41, _))
            return false;
        await SendAsync(stream, 50, [0, 200, .. Short("bye"), 0, 0, 0, 0], patience);
        return await ReceiveAsync(stream, patience) is (51, _);
    }, cancellationToken);

    /// <summary>A method frame on channel 0: type, channel, size, class, method, arguments, end.</summary>
    private static async Task SendAsync(Stream stream, ushort method, byte[] arguments, CancellationToken cancellationToken)
    {
        var frame = new byte[7 + 4 + arguments.Length + 1];
        frame[0] = 1;
        BinaryPrimitives.WriteInt32BigEndian(frame.AsSpan(3), 4 + arguments.Length);
        BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(7), Connection);
        BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(9), method);
        arguments.CopyTo(frame, 11);
        frame[^1] = 0xCE;
        await stream.WriteAsync(frame, cancellationToken);
    }

    /// <summary>The next method of the connection class, or null for anything else.</summary>
    private static async Task<(ushort Method, byte[] Arguments)?> ReceiveAsync(Stream stream, CancellationToken cancellationToken)
    {
        var header = new byte[7];
        await stream.ReadExactlyAsync(header, cancellationToken);
        var size = BinaryPrimitives.ReadInt32BigEndian(header.AsSpan(3));
        if (header[0] != 1 || size is < 4 or > MaxFrame)
            return null;
        var body = new byte[size + 1];
        await stream.ReadExactlyAsync(body, cancellationToken);
        return BinaryPrimitives.ReadUInt16BigEndian(body) == Connection && body[^1] == 0xCE ? (BinaryPrimitives.ReadUInt16BigEndian(body.AsSpan(2)), body[4..^1]) : null;
    }

    private static byte[] Short(string text) => [(byte)Encoding.UTF8.GetByteCount(text), .. Encoding.UTF8.GetBytes(text)];

    private static byte[] Long(string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        var length = new byte[4];
        BinaryPrimitives.WriteInt32BigEndian(length, bytes.Length);
        return [.. length, .. bytes];
    }
}
