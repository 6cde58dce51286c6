namespace Chat.Servers.Tests;

/// <summary>A deployment whose servers reach Redis and RabbitMQ through gates that can be shut.</summary>
public sealed class LinkedDeployment(ServersFixture fixture) : IAsyncLifetime
{
    internal Deployment Deployment { get; private set; } = null!;

    internal TcpGate Redis { get; private set; } = null!;

    internal TcpGate Rabbit { get; private set; } = null!;

    /// <inheritdoc/>
    public async ValueTask InitializeAsync()
    {
        var redis = fixture.Stores.Redis.Split(',', 2);
        var address = redis[0].Split(':');
        Redis = new TcpGate(address[0], int.Parse(address[1], System.Globalization.CultureInfo.InvariantCulture));
        var rabbit = new UriBuilder(fixture.Stores.RabbitMq);
        Rabbit = new TcpGate(rabbit.Host, rabbit.Port);
        (rabbit.Host, rabbit.Port) = ("127.0.0.1", Rabbit.Port);
        Deployment = await Deployment.StartAsync(fixture.Stores, redisDatabase: 3, $"127.0.0.1:{Redis.Port},{redis.ElementAtOrDefault(1)}", rabbit.Uri.ToString());
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await Deployment.DisposeAsync();
        await Redis.DisposeAsync();
        await Rabbit.DisposeAsync();
    }
}
