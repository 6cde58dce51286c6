using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Chat.Stores;

/// <summary>
/// Keeps a program from starting until its test hears how that goes on. The program runs on a thread of its own: one that refused to start at once was stopped and disposed before anybody
/// listened, and the test got that instead of the reason.
/// </summary>
internal sealed class StartGate : IHostLifetime
{
    private readonly TaskCompletionSource _open = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Builds the host and waits until it has started.</summary>
    /// <exception cref="Exception">The very exception that ended the program, if it did not start.</exception>
    public static IHost Start(IHostBuilder builder)
    {
        var gate = new StartGate();
        builder.ConfigureServices(services => services.AddSingleton<IHostLifetime>(gate));
        var host = builder.Build();
        var started = host.StartAsync();
        gate._open.SetResult();
        started.GetAwaiter().GetResult();
        return host;
    }

    /// <summary>What a host awaits before anything else.</summary>
    public Task WaitForStartAsync(CancellationToken cancellationToken) => _open.Task.WaitAsync(cancellationToken);

    /// <inheritdoc/>
    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
