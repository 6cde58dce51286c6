using System.Net.Http.Json;

namespace Chat.Access;

/// <summary>The answer about everything in servers that somebody may view.</summary>
internal sealed record UserServersAnswer(IReadOnlyList<UserServer> Servers);

/// <summary>A question about who is in a server with somebody.</summary>
internal sealed record SharedServersQuestion(IReadOnlyList<Guid> Users);

/// <summary>Whether somebody is.</summary>
internal sealed record SharedServersEntry(Guid User, bool Shared);

/// <summary>The answer for each who was asked about, once, in the order given.</summary>
internal sealed record SharedServersAnswer(IReadOnlyList<SharedServersEntry> Items);

/// <summary>Asks servers about people.</summary>
internal sealed class UserServersClient(HttpClient http) : IUserChannels, ISharedServers
{
    public async ValueTask<IReadOnlyList<UserServer>> OfAsync(Guid user, Guid? server, CancellationToken cancellationToken) => await ServersCall.AskAsync(
        async () =>
        {
            var path = new Uri($"/internal/users/{user}/channels{(server is { } one ? $"?server={one}" : "")}", UriKind.Relative);
            return (await http.GetFromJsonAsync<UserServersAnswer>(path, cancellationToken))?.Servers ?? [];
        },
        cancellationToken);

    public async ValueTask<IReadOnlySet<Guid>> WithAsync(Guid user, IReadOnlyCollection<Guid> others, CancellationToken cancellationToken)
    {
        Guid[] asked = [.. others.Distinct()];
        ArgumentOutOfRangeException.ThrowIfGreaterThan(asked.Length, ISharedServers.MaxOthers, nameof(others));
        return asked.Length == 0 ? new HashSet<Guid>() : await ServersCall.AskAsync(
            async () =>
            {
                using var response = await http.PostAsJsonAsync(new Uri($"/internal/users/{user}/shared-servers", UriKind.Relative), new SharedServersQuestion(asked), cancellationToken);
                response.EnsureSuccessStatusCode();
                var answer = await response.Content.ReadFromJsonAsync<SharedServersAnswer>(cancellationToken);
                return (answer?.Items ?? []).Where(entry => entry.Shared).Select(entry => entry.User).ToHashSet();
            },
            cancellationToken);
    }
}
