using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;
using Chat.Hosting;
using Chat.Hosting.ApplicationModel;
using Chat.Hosting.Testing;

namespace Chat.ServiceDefaults.Tests;

/// <summary>A RabbitMQ of a test's own that may be killed: it is started again by itself, with its data and at its address.</summary>
internal sealed class KillableBroker : IAsyncDisposable
{
    // Not the name of a store that the environment may supply.
    private const string Name = "killable";

    private readonly DistributedApplication _app;
    private int _process;

    private KillableBroker(DistributedApplication app, string address) => (_app, Address) = (app, address);

    /// <summary>Its address, with user and password.</summary>
    public string Address { get; }

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public static async Task<KillableBroker> StartAsync()
    {
        await using var builder = DistributedApplicationTestingBuilder.Create();
        builder.AddRabbitMQ(Name);
        var app = await builder.BuildAsync(Cancellation);
        await app.StartAsync(Cancellation);
        await app.ResourceNotifications.WaitForResourceHealthyAsync(Name, Cancellation);
        var broker = new KillableBroker(app, await app.GetConnectionStringAsync(Name, Cancellation) ?? throw new InvalidOperationException("The broker has no address."));
        await broker.FindProcessAsync();
        return broker;
    }

    /// <summary>kill -9.</summary>
    /// <returns>A task that ends at the moment when its successor accepts connections.</returns>
    public Task KillAsync()
    {
        using var process = Process.GetProcessById(_process);
        process.Kill();
        return ReturnAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync();
        await _app.DisposeAsync();
    }

    private async Task ReturnAsync()
    {
        await FindProcessAsync();
        var address = new Uri(Address);
        while (true)
        {
            try
            {
                using var probe = new TcpClient();
                await probe.ConnectAsync(address.Host, address.Port, Cancellation);
                return;
            }
            catch (SocketException)
            {
                await Task.Delay(10, Cancellation);
            }
        }
    }

    private async Task FindProcessAsync()
    {
        var before = _process;
        await _app.ResourceNotifications.WaitForResourceAsync(
            Name,
            change => change.Snapshot.State?.Text == KnownResourceStates.Running
                && change.Snapshot.Properties.FirstOrDefault(property => property.Name == "executable.pid")?.Value is { } value
                && (_process = Convert.ToInt32(value, CultureInfo.InvariantCulture)) != before,
            Cancellation);
    }
}
