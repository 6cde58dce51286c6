using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;

namespace Chat.Hosting.Servers;

/// <summary>Where a server listens, perhaps behind TLS.</summary>
internal readonly record struct ServerAddress(string Host, int Port, bool Tls = false)
{
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(3);

    /// <summary>Has a conversation of 3 s at most; false when it breaks off.</summary>
    public async Task<bool> AskAsync(Func<Stream, CancellationToken, Task<bool>> conversation, CancellationToken cancellationToken)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(Timeout);
        try
        {
            using var client = new TcpClient();
            await client.ConnectAsync(Host, Port, patience.Token);
            await using var plain = client.GetStream();
            if (!Tls)
                return await conversation(plain, patience.Token);
            await using var encrypted = new SslStream(plain);
            await encrypted.AuthenticateAsClientAsync(new SslClientAuthenticationOptions { TargetHost = Host }, patience.Token);
            return await conversation(encrypted, patience.Token);
        }
        catch (Exception exception) when (exception is SocketException or IOException or AuthenticationException or OperationCanceledException)
        {
            cancellationToken.ThrowIfCancellationRequested();
            return false;
        }
    }
}
