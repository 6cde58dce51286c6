using MassTransit;
using Microsoft.Extensions.DependencyInjection;

namespace Chat.Servers.Tests;

/// <summary>Counts the events that the replicas' consumers are done with, from now on. Queues keep no order among several: only this tells that something was heard and changed nothing.</summary>
internal sealed class Consumption<TEvent> : IConsumeMessageObserver<TEvent>, IDisposable where TEvent : class
{
    private readonly Func<TEvent, bool> _concerned;
    private readonly List<ConnectHandle> _handles;
    private int _count;

    /// <param name="concerned">Which ones.</param>
    public Consumption(Deployment deployment, Func<TEvent, bool> concerned)
    {
        _concerned = concerned;
        _handles = [.. deployment.Replicas.Select(replica => replica.Services.GetRequiredService<IBus>().ConnectConsumeMessageObserver(this))];
    }

    public Task ReachesAsync(int count) => Eventually.HoldsAsync($"{count} of {typeof(TEvent).Name} consumed", () => Task.FromResult(Volatile.Read(ref _count) >= count));

    public Task PreConsume(ConsumeContext<TEvent> context) => Task.CompletedTask;

    public Task PostConsume(ConsumeContext<TEvent> context)
    {
        if (_concerned(context.Message))
        {
            Interlocked.Increment(ref _count);
        }

        return Task.CompletedTask;
    }

    public Task ConsumeFault(ConsumeContext<TEvent> context, Exception exception) => Task.CompletedTask;

    public void Dispose() => _handles.ForEach(handle => handle.Dispose());
}
