using System.Net.Sockets;

namespace Chat.Realtime.Events;

/// <summary>Where the broker is, and whether anybody answers there.</summary>
internal sealed class BrokerAddress(IConfiguration configuration)
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(1);

    private readonly Uri _address = new(configuration.GetConnectionString("rabbitmq") ?? throw new InvalidOperationException("ConnectionStrings:rabbitmq is not configured."));

    public async Task<bool> AcceptsAsync(CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(Limit);
        using var probe = new TcpClient();
        try
        {
            await probe.ConnectAsync(_address.Host, _address.Port > 0 ? _address.Port : 5672, limit.Token);
            return true;
        }
        catch (Exception exception) when (exception is SocketException || (exception is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            return false;
        }
    }
}
