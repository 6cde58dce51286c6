using System.Diagnostics;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Diagnostics;
using Npgsql;

namespace Chat.Servers.Tests;

/// <summary>Catches the statements that Entity Framework runs in this process, with their values, so that their plans can be looked at.</summary>
internal sealed class PlanProbe : IObserver<DiagnosticListener>, IObserver<KeyValuePair<string, object?>>, IDisposable
{
    private static readonly string CommandExecuted = RelationalEventId.CommandExecuted.Name ?? "";

    private readonly Lock _gate = new();
    private readonly List<NpgsqlCommand> _commands = [];
    private readonly List<IDisposable> _subscriptions = [];

    public PlanProbe() => _subscriptions.Add(DiagnosticListener.AllListeners.Subscribe(this));

    /// <summary>The statements so far that were given this value, whoever ran them.</summary>
    public IReadOnlyList<NpgsqlCommand> About(object value)
    {
        lock (_gate)
        {
            return _commands.FindAll(command => command.Parameters.Any(parameter => value.Equals(parameter.Value)));
        }
    }

    public void OnNext(DiagnosticListener value)
    {
        if (value.Name == DbLoggerCategory.Name)
        {
            _subscriptions.Add(value.Subscribe(this, name => name == CommandExecuted));
        }
    }

    public void OnNext(KeyValuePair<string, object?> value)
    {
        if (value.Value is CommandExecutedEventData { Command: NpgsqlCommand command })
        {
            lock (_gate)
            {
                _commands.Add(command.Clone());
            }
        }
    }

    public void OnCompleted()
    {
        // Nothing to end.
    }

    public void OnError(Exception error)
    {
        // Nothing to hand on.
    }

    public void Dispose() => _subscriptions.ForEach(subscription => subscription.Dispose());
}
