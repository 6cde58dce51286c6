using System.Net;
using System.Net.Http.Json;

namespace Chat.Access;

/// <summary>An answer of the servers service about one channel.</summary>
/// <param name="Channel">The channel.</param>
/// <param name="Server">Its server.</param>
/// <param name="Permissions">The effective flags; never without ViewChannel.</param>
/// <param name="Rev">The server's revision they are of.</param>
/// <param name="SlowMode">As in <see cref="ChannelAccess.SlowMode"/>.</param>
/// <param name="Parent">As in <see cref="ChannelAccess.Parent"/>.</param>
internal sealed record ChannelPermissionsAnswer(Guid Channel, Guid Server, Contracts.Permissions Permissions, long Rev, int SlowMode = 0, Guid? Parent = null)
{
    /// <summary>What callers of <see cref="IChannelPermissions"/> are told.</summary>
    public ChannelAccess ToAccess() => new(Server, Permissions, Rev, SlowMode) { Parent = Parent };
}

/// <summary>A question about several channels.</summary>
internal sealed record ChannelPermissionsQuestion(Guid User, IReadOnlyList<Guid> Channels);

/// <summary>The answers for the channels that are visible.</summary>
internal sealed record ChannelPermissionsAnswers(IReadOnlyList<ChannelPermissionsAnswer> Items);

/// <summary>A question about whom a channel's messages can reach.</summary>
internal sealed record AudienceQuestion(IReadOnlyList<Guid> Users, IReadOnlyList<Guid> Roles);

/// <summary>Asks the servers service: the authority for the channels of servers.</summary>
internal sealed class ServersClient(HttpClient http) : AuthorityClient(http);

/// <summary>Asks messaging: the authority for conversations and threads.</summary>
internal sealed class ConversationsClient(HttpClient http) : AuthorityClient(http);

/// <summary>Asks an authority. Both answer the same routes.</summary>
internal abstract class AuthorityClient(HttpClient http)
{
    public Task<ChannelAccess?> GetAsync(Guid channel, Guid user, CancellationToken cancellationToken) => ServersCall.AskAsync(
        async () =>
        {
            using var response = await http.GetAsync(new Uri($"/internal/channels/{channel}/permissions/{user}", UriKind.Relative), cancellationToken);
            if (response.StatusCode == HttpStatusCode.NotFound)
            {
                return null;
            }

            response.EnsureSuccessStatusCode();
            return (await response.Content.ReadFromJsonAsync<ChannelPermissionsAnswer>(cancellationToken))?.ToAccess();
        },
        cancellationToken);

    public Task<IReadOnlyList<ChannelPermissionsAnswer>> GetManyAsync(IReadOnlyList<Guid> channels, Guid user, CancellationToken cancellationToken) => ServersCall.AskAsync(
        async () =>
        {
            using var response = await http.PostAsJsonAsync(new Uri("/internal/channels/permissions", UriKind.Relative), new ChannelPermissionsQuestion(user, channels), cancellationToken);
            response.EnsureSuccessStatusCode();
            return (await response.Content.ReadFromJsonAsync<ChannelPermissionsAnswers>(cancellationToken))?.Items ?? [];
        },
        cancellationToken);

    public Task<ChannelAudience> AudienceAsync(Guid channel, AudienceQuestion question, CancellationToken cancellationToken) => ServersCall.AskAsync(
        async () =>
        {
            using var response = await http.PostAsJsonAsync(new Uri($"/internal/channels/{channel}/audience", UriKind.Relative), question, cancellationToken);
            if (response.StatusCode == HttpStatusCode.NotFound)
            {
                return ChannelAudience.Nobody;
            }

            response.EnsureSuccessStatusCode();
            return await response.Content.ReadFromJsonAsync<ChannelAudience>(cancellationToken) ?? ChannelAudience.Nobody;
        },
        cancellationToken);
}
