using System.Net;

namespace Chat.AppHost.Tests;

/// <summary>A request that takes a right away from somebody.</summary>
/// <param name="Take">Makes the request; returns when it is answered.</param>
internal sealed record TakingAway(Func<Place, Task> Take)
{
    /// <summary>What must be there before.</summary>
    public Func<Place, Task> Prepare { get; init; } = _ => Task.CompletedTask;

    /// <summary>Only sending is lost: reading goes on, and so does the socket.</summary>
    public bool StillReads { get; init; }

    /// <summary>What the owner's sends are answered from then on, when they are refused too.</summary>
    public HttpStatusCode? OwnerGets { get; init; }

    /// <summary>All of them, by name.</summary>
    public static IReadOnlyDictionary<string, TakingAway> All { get; } = new Dictionary<string, TakingAway>(StringComparer.Ordinal)
    {
        ["leaving"] = new(place => place.Loser.DoAsync(HttpMethod.Post, $"servers/{place.Server}/leave")),
    };
}
