using Chat.Hosting.Processes;
using Chat.Hosting.Servers;
using RabbitMQ.Client;

namespace Chat.Hosting.Tests.Servers;

public sealed class RabbitMqServerTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Starts_and_keeps_its_messages_over_kill_and_stop()
    {
        var request = ServerUnderTest.Request("rabbitmq", persistent: true);
        await using var running = await ServerUnderTest.StartAsync(await LocalServers.PrepareRabbitMqAsync(request, Cancellation));

        var password = Uri.EscapeDataString(ServerUnderTest.Password);
        Assert.True(await SuppliedServer.RabbitMqAnswersAsync($"amqp://chat:{password}@127.0.0.1:{request.Port}", Cancellation));
        Assert.True(await SuppliedServer.RabbitMqAnswersAsync($"amqp://chat:{password}@127.0.0.1:{request.Port}/%2F", Cancellation));
        Assert.False(await SuppliedServer.RabbitMqAnswersAsync($"amqp://chat:{password}@127.0.0.1:{request.Port}/elsewhere", Cancellation));
        Assert.False(await SuppliedServer.RabbitMqAnswersAsync($"amqps://chat:{password}@127.0.0.1:{request.Port}", Cancellation));
        Assert.False(await SuppliedServer.RabbitMqAnswersAsync($"amqp://chat:wrong@127.0.0.1:{request.Port}", Cancellation));
        Assert.False(await SuppliedServer.RabbitMqAnswersAsync($"amqp://127.0.0.1:{request.Port}", Cancellation));
        Assert.DoesNotContain(ServerUnderTest.Password, running.CommandLines(), StringComparison.Ordinal);
        await PublishAsync(request, "first");

        // The broker writes declarations (not messages) to disk some seconds after it confirmed them, or when it stops.
        await running.StopAsync();
        Assert.Equal(0, await running.Main.Exited);
        await using var again = await ServerUnderTest.StartAsync(await LocalServers.PrepareRabbitMqAsync(request, Cancellation));
        Assert.Equal(1u, await CountAsync(request));

        await PublishAsync(request, "second");
        await again.KillAsync(again.Main);
        Assert.False(await again.Server.IsReadyAsync(Cancellation));
        await again.RestartAsync();
        Assert.Equal(2u, await CountAsync(request));
    }

    [Fact]
    public async Task Serves_on_without_its_port_mapper_and_both_come_back()
    {
        var request = ServerUnderTest.Request("rabbitmq");
        await using var running = await ServerUnderTest.StartAsync(await LocalServers.PrepareRabbitMqAsync(request, Cancellation));

        await running.KillAsync(running.Running[0]);
        Assert.True(await running.Server.IsReadyAsync(Cancellation));
        await running.RestartAsync();

        await running.KillAsync(running.Running[0]);
        await running.KillAsync(running.Main);
        await running.RestartAsync();
        Assert.Equal(2, running.Running.Count(process => ProcessTable.StartOf(process.Id) is not null));
    }

    private static async Task PublishAsync(ServerRequest request, string text)
    {
        await using var connection = await ConnectAsync(request);
        await using var channel = await connection.CreateChannelAsync(new CreateChannelOptions(true, true), Cancellation);
        await channel.QueueDeclareAsync("kept", durable: true, exclusive: false, autoDelete: false, cancellationToken: Cancellation);
        await channel.BasicPublishAsync("", "kept", mandatory: true, new BasicProperties { Persistent = true }, System.Text.Encoding.UTF8.GetBytes(text), Cancellation);
    }

    private static async Task<uint> CountAsync(ServerRequest request)
    {
        await using var connection = await ConnectAsync(request);
        await using var channel = await connection.CreateChannelAsync(cancellationToken: Cancellation);
        return await channel.MessageCountAsync("kept", Cancellation);
    }

    private static Task<IConnection> ConnectAsync(ServerRequest request) =>
        new ConnectionFactory { HostName = "127.0.0.1", Port = request.Port, UserName = request.UserName, Password = request.Password }.CreateConnectionAsync(Cancellation);
}
