using System.Collections.Frozen;
using Chat.Contracts;

namespace Chat.ServiceDefaults.Events;

/// <summary>The events of <c>Chat.Contracts</c> by name.</summary>
internal static class EventTypes
{
    private static readonly FrozenDictionary<string, Type> ByName = typeof(IEvent).Assembly.GetTypes()
        .Where(type => type is { IsAbstract: false, IsInterface: false } && typeof(IEvent).IsAssignableFrom(type))
        .ToFrozenDictionary(type => type.Name, StringComparer.Ordinal);

    public static string[] Names { get; } = [.. ByName.Keys];

    public static Type Get(string name) => ByName[name];
}
