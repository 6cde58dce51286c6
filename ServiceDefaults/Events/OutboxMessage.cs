using System.Diagnostics;
using System.Text.Json;
using Chat.Contracts;
using Chat.ServiceDefaults.Json;

namespace Chat.ServiceDefaults.Events;

/// <summary>
/// An event waiting in the service's database to be published: a row of table <c>outbox (id, key, type, body, trace_parent, created_at)</c>, written in the
/// transaction of the change it tells of and deleted when the broker has confirmed it.
/// </summary>
public sealed class OutboxMessage
{
    /// <summary>Longest key, in characters.</summary>
    public const int MaxKeyLength = 64;

    /// <summary>Given by the database; events of one key are written under that key's row lock, so their ids follow their commits.</summary>
    public long Id { get; private set; }

    /// <summary>What the event is about, such as a server's or channel's id.</summary>
    public required string Key { get; init; }

    /// <summary>The event's type name within <c>Chat.Contracts</c>.</summary>
    public required string Type { get; init; }

    /// <summary>The event as JSON.</summary>
    public required string Body { get; init; }

    /// <summary>The W3C <c>traceparent</c> of the request that caused it, so that publishing continues its trace.</summary>
    public string? TraceParent { get; init; }

    /// <summary>When it was written; set by the database.</summary>
    public DateTimeOffset CreatedAt { get; private set; }

    /// <summary>Makes the row for an event, within the current trace.</summary>
    public static OutboxMessage From<TEvent>(TEvent @event, string key) where TEvent : class, IEvent => new()
    {
        Key = key,
        Type = @event.GetType().Name,
        Body = JsonSerializer.Serialize(@event, @event.GetType(), JsonDefaults.Options),
        TraceParent = Activity.Current?.Id,
    };
}
