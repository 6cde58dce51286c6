using System.Net;

namespace Chat.AppHost.Tests;

/// <summary>A request that takes a right away from somebody.</summary>
/// <param name="Take">Makes the request; returns when it is answered.</param>
internal sealed record TakingAway(Func<Place, Task> Take)
{
    // Flags of Chat.Contracts.Permissions.
    private const long ViewChannel = 1 << 0;
    private const long SendMessages = 1 << 1;

    /// <summary>What must be there before.</summary>
    public Func<Place, Task> Prepare { get; init; } = _ => Task.CompletedTask;

    /// <summary>Only sending is lost: reading goes on, and so does the socket.</summary>
    public bool StillReads { get; init; }

    /// <summary>What the owner's sends are answered from then on, when they are refused too.</summary>
    public HttpStatusCode? OwnerGets { get; init; }

    /// <summary>Gives everything back, where a socket that still reads is to hear of what follows.</summary>
    public Func<Place, Task>? Undo { get; init; }

    /// <summary>All of them, by name.</summary>
    public static IReadOnlyDictionary<string, TakingAway> All { get; } = new Dictionary<string, TakingAway>(StringComparer.Ordinal)
    {
        ["leaving"] = new(place => place.Loser.DoAsync(HttpMethod.Post, $"servers/{place.Server}/leave")),
        ["kick"] = new(place => place.Owner.DoAsync(HttpMethod.Delete, MemberOf(place))),
        ["ban"] = new(place => place.Owner.DoAsync(HttpMethod.Put, $"servers/{place.Server}/bans/{place.Loser.Id}", new { reason = "a test" })),
        ["timeout"] = new(place => place.Owner.DoAsync(HttpMethod.Patch, MemberOf(place), new { timeoutUntil = DateTimeOffset.UtcNow.AddHours(1) })) { StillReads = true },
        ["role removal"] = new(place => place.Owner.DoAsync(HttpMethod.Delete, $"{MemberOf(place)}/roles/{place.Role}")) { Prepare = ShowByRoleAsync },
        ["role deletion"] = new(place => place.Owner.DoAsync(HttpMethod.Delete, $"servers/{place.Server}/roles/{place.Role}"))
        {
            Prepare = async place =>
            {
                await ShowByRoleAsync(place);
                await OverrideAsync(place, place.Witness.Id, "member", allow: ViewChannel);
            },
        },
        ["override against seeing"] = new(place => OverrideAsync(place, place.Loser.Id, "member", deny: ViewChannel)),
        ["override against sending"] = new(place => OverrideAsync(place, place.Loser.Id, "member", deny: SendMessages)) { StillReads = true },
        ["private channel"] = new(place => place.Owner.DoAsync(HttpMethod.Patch, $"channels/{place.Channel}", new { @private = true }))
        {
            Prepare = place => OverrideAsync(place, place.Witness.Id, "member", allow: ViewChannel),
        },
        ["channel deletion"] = new(place => place.Owner.DoAsync(HttpMethod.Delete, $"channels/{place.Channel}")) { OwnerGets = HttpStatusCode.NotFound },
        ["server deletion"] = new(place => place.Owner.DoAsync(HttpMethod.Delete, $"servers/{place.Server}", new { name = place.Name })) { OwnerGets = HttpStatusCode.NotFound },
        ["archive"] = new(place => place.Owner.DoAsync(HttpMethod.Post, $"servers/{place.Server}/archive"))
        {
            StillReads = true,
            OwnerGets = HttpStatusCode.Forbidden,
            Undo = place => place.Owner.DoAsync(HttpMethod.Post, $"servers/{place.Server}/reopen"),
        },
    };

    private static string MemberOf(Place place) => $"servers/{place.Server}/members/{place.Loser.Id}";

    /// <summary>A private channel that only a role shows, which both of them have.</summary>
    private static async Task ShowByRoleAsync(Place place)
    {
        place.Role = (await place.Owner.DoAsync(HttpMethod.Post, $"servers/{place.Server}/roles", new { name = "Insiders" })).GetProperty("id").GetGuid();
        foreach (var person in new[] { place.Loser, place.Witness })
            await place.Owner.DoAsync(HttpMethod.Put, $"servers/{place.Server}/members/{person.Id}/roles/{place.Role}");
        place.Channel = (await place.Owner.Client.CreateChannelAsync(place.Server, "inside", isPrivate: true, cancel: TestContext.Current.CancellationToken)).Id;
        await OverrideAsync(place, place.Role, "role", allow: ViewChannel);
    }

    private static Task OverrideAsync(Place place, Guid target, string kind, long allow = 0, long deny = 0) =>
        place.Owner.DoAsync(HttpMethod.Put, $"channels/{place.Channel}/overrides/{target}", new { kind, allow, deny });
}
