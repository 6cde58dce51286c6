using System.Net.Sockets;
using Chat.Hosting.Servers;

namespace Chat.Hosting.Tests.Servers;

public sealed class RedisServerTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Starts_refuses_strangers_and_comes_back_after_a_kill()
    {
        var request = ServerUnderTest.Request("redis");
        await using var running = await ServerUnderTest.StartAsync(await LocalServers.PrepareRedisAsync(request, Cancellation));

        Assert.StartsWith("-NOAUTH", await SayAsync(request.Port, null, "GET a"), StringComparison.Ordinal);
        Assert.StartsWith("-WRONGPASS", await SayAsync(request.Port, "wrong", "GET a"), StringComparison.Ordinal);
        Assert.Equal("+OK", await SayAsync(request.Port, ServerUnderTest.Password, "SET a 1"));
        Assert.DoesNotContain(ServerUnderTest.Password, running.CommandLines(), StringComparison.Ordinal);

        await running.KillAsync(running.Main);
        Assert.False(await running.Server.IsReadyAsync(Cancellation));
        await running.RestartAsync();
        Assert.Equal("$-1", await SayAsync(request.Port, ServerUnderTest.Password, "GET a"));

        await running.StopAsync();
        Assert.Equal(0, await running.Main.Exited);
        Assert.Empty(Directory.GetFileSystemEntries(running.Server.DataDirectory));
    }

    [Fact]
    public async Task A_supplied_connection_string_is_tried_with_its_credentials()
    {
        var request = ServerUnderTest.Request("redis");
        await using var running = await ServerUnderTest.StartAsync(await LocalServers.PrepareRedisAsync(request, Cancellation));
        var host = $"127.0.0.1:{request.Port}";
        var escaped = Uri.EscapeDataString(ServerUnderTest.Password);

        string[] right = [$"{host},password={ServerUnderTest.Password}", $"127.0.0.1:1,{host},abortConnect=false,user=default,password={ServerUnderTest.Password}", $"redis://:{escaped}@{host}", $"redis://default:{escaped}@{host}"];
        string[] wrong = [host, $"{host},password=wrong", $"{host},user=nobody,password={ServerUnderTest.Password}", $"redis://:wrong@{host}", $"{host},ssl=true,password={ServerUnderTest.Password}", "127.0.0.1:1"];
        foreach (var connection in right)
            Assert.True(await SuppliedServer.RedisAnswersAsync(connection, Cancellation), connection);
        foreach (var connection in wrong)
            Assert.False(await SuppliedServer.RedisAnswersAsync(connection, Cancellation), connection);
    }

    [Fact]
    public async Task Persistent_data_survives_a_stop()
    {
        var request = ServerUnderTest.Request("redis", persistent: true);
        await using var running = await ServerUnderTest.StartAsync(await LocalServers.PrepareRedisAsync(request, Cancellation));
        await SayAsync(request.Port, ServerUnderTest.Password, "SET kept yes");

        await running.StopAsync();
        await running.RestartAsync();

        Assert.Equal("$3", await SayAsync(request.Port, ServerUnderTest.Password, "GET kept"));
    }

    /// <summary>The first line of the answer to the last command.</summary>
    private static async Task<string?> SayAsync(int port, string? password, string command)
    {
        using var client = new TcpClient();
        await client.ConnectAsync("127.0.0.1", port, Cancellation);
        using var reader = new StreamReader(client.GetStream());
        await using var writer = new StreamWriter(client.GetStream()) { AutoFlush = true };
        if (password is not null)
        {
            await writer.WriteAsync($"AUTH \"{password.Replace("\"", "\\\"", StringComparison.Ordinal)}\"\r\n");
            var answer = await reader.ReadLineAsync(Cancellation);
            if (answer != "+OK")
                return answer;
        }

        await writer.WriteAsync(command + "\r\n");
        return await reader.ReadLineAsync(Cancellation);
    }
}
