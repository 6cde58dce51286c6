using Chat.Hosting.ApplicationModel;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Chat.Hosting;

/// <summary>An application of several processes, run on this machine.</summary>
public class DistributedApplication : IHost, IAsyncDisposable
{
    // What a shell reports for a request that was understood but is not offered.
    private const int ExitUnsupported = 2;
    private const int ExitFailed = 1;

    private readonly IHost _host;
    private readonly AppHostInterception? _interception;

    internal DistributedApplication(IHost host, AppHostInterception? interception)
    {
        _host = host;
        _interception = interception;
    }

    public IServiceProvider Services => _host.Services;

    public ResourceNotificationService ResourceNotifications => Services.GetRequiredService<ResourceNotificationService>();

    public static IDistributedApplicationBuilder CreateBuilder() => CreateBuilder([]);

    public static IDistributedApplicationBuilder CreateBuilder(string[] args) => CreateBuilder(new DistributedApplicationOptions { Args = args });

    public static IDistributedApplicationBuilder CreateBuilder(DistributedApplicationOptions options) => new DistributedApplicationBuilder(options, AppHostInterception.Current);

    /// <summary>Starts the resources; those that wait for others start later. Returns before they are healthy.</summary>
    /// <exception cref="DistributedApplicationException">It cannot start: a port is taken, a parameter has no value, another AppHost of this checkout runs.</exception>
    public virtual Task StartAsync(CancellationToken cancellationToken = default) => _host.StartAsync(cancellationToken);

    /// <summary>Stops the resources, those first on which no other depends; 15 s at most.</summary>
    public virtual Task StopAsync(CancellationToken cancellationToken = default) => _host.StopAsync(cancellationToken);

    public void Run() => RunAsync().GetAwaiter().GetResult();

    /// <summary>Runs until Ctrl+C. What prevents the start is written to standard error and makes the exit code of the process 1.</summary>
    public virtual async Task RunAsync(CancellationToken cancellationToken = default)
    {
        if (_interception is not null)
        {
            // In a test it is the test that starts and stops.
            await _interception.Ended.WaitAsync(cancellationToken).ConfigureAwait(false);
            return;
        }
        if (Services.GetRequiredService<DistributedApplicationExecutionContext>().IsPublishMode)
        {
            await Console.Error.WriteLineAsync("Publishing is not part of the local engine. Build the AppHost with UseAspire=true to write a deployment manifest.").ConfigureAwait(false);
            Environment.ExitCode = ExitUnsupported;
            return;
        }
        try
        {
            await StartAsync(cancellationToken).ConfigureAwait(false);
            await _host.WaitForShutdownAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is DistributedApplicationException or IOException or UnauthorizedAccessException)
        {
            await Console.Error.WriteLineAsync(exception.Message).ConfigureAwait(false);
            Environment.ExitCode = ExitFailed;
        }
        finally
        {
            await DisposeAsync().ConfigureAwait(false);
        }
    }

    public virtual void Dispose()
    {
        DisposeAsync().AsTask().GetAwaiter().GetResult();
        GC.SuppressFinalize(this);
    }

    public virtual async ValueTask DisposeAsync()
    {
        if (_host is IAsyncDisposable host)
            await host.DisposeAsync().ConfigureAwait(false);
        _interception?.End();
        GC.SuppressFinalize(this);
    }
}
