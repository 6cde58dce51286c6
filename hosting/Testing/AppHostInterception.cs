using System.Reflection;

namespace Chat.Hosting;

/// <summary>Lets a test stand between an AppHost's entry point and the application it builds: it gets the complete builder, and decides when the build goes on.</summary>
internal sealed class AppHostInterception(Assembly? appHostAssembly, string[] arguments)
{
    private static readonly AsyncLocal<AppHostInterception?> Ambient = new();

    private readonly TaskCompletionSource<DistributedApplicationBuilder> _complete = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _goOn = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource<DistributedApplication> _built = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public static AppHostInterception? Current => Ambient.Value;

    public Assembly? AppHostAssembly { get; } = appHostAssembly;

    public IReadOnlyList<string> Arguments { get; } = arguments;

    /// <summary>Completes when the application has been disposed of.</summary>
    public Task Ended => _ended.Task;

    /// <summary>Runs the entry point on a thread of its own until it asks for the build.</summary>
    public Task<DistributedApplicationBuilder> RunAsync(Assembly assembly)
    {
        var entryPoint = assembly.EntryPoint ?? throw new InvalidOperationException($"{assembly.GetName().Name} has no entry point.");
        var thread = new Thread(() =>
        {
            Ambient.Value = this;
            try
            {
                if (entryPoint.Invoke(null, entryPoint.GetParameters().Length == 0 ? [] : [Arguments.ToArray()]) is Task running)
                    running.GetAwaiter().GetResult();
                Fail(new InvalidOperationException("The AppHost ended without building an application."));
            }
            catch (TargetInvocationException exception) when (exception.InnerException is { } inner)
            {
                Fail(inner);
            }
        })
        { IsBackground = true, Name = "AppHost entry point" };
        thread.Start();
        return _complete.Task;
    }

    public Task<DistributedApplication> BuildAsync()
    {
        _goOn.TrySetResult();
        return _built.Task;
    }

    /// <summary>Lets go of an entry point that waits to build and never will.</summary>
    public void Abandon() => _goOn.TrySetException(new OperationCanceledException("The test disposed of the builder."));

    public void End() => _ended.TrySetResult();

    // Called by the builder, on the entry point's thread. Without an entry point nobody waits in between.
    public void Created(DistributedApplicationBuilder builder)
    {
        if (AppHostAssembly is null)
            _complete.TrySetResult(builder);
    }

    public void Building(DistributedApplicationBuilder builder)
    {
        _complete.TrySetResult(builder);
        if (AppHostAssembly is not null)
            _goOn.Task.GetAwaiter().GetResult();
    }

    public void Built(DistributedApplication application) => _built.TrySetResult(application);

    private void Fail(Exception exception)
    {
        _complete.TrySetException(exception);
        _built.TrySetException(exception);
    }
}
