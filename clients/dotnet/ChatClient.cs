using System.Globalization;

namespace Chat.Client;

/// <summary>
/// The REST side: one instance is one person (one cookie container). Thread-safe.
/// Reads, and changes that carry a key of the client's (a nonce or <c>Idempotency-Key</c>), are repeated with the same key after a network failure,
/// a timeout, 429, 502, 503 and 504, for <see cref="ChatClientOptions.RetryFor"/>, and not before the time that the answer names; one that names a later
/// time than that is thrown at once. Every refusal is a <see cref="ChatApiException"/>.
/// </summary>
public sealed class ChatClient : IDisposable
{
    private readonly RestCalls _rest;

    /// <param name="baseAddress">The gateway's public address, for example <c>http://localhost:8080</c>.</param>
    public ChatClient(Uri baseAddress, ChatClientOptions? options = null) => _rest = new RestCalls(baseAddress, options ?? new ChatClientOptions());

    /// <summary>Creates an account, which may sign in once its address is verified. Refused with <c>validation_failed</c>, or <c>username_taken</c>.</summary>
    public Task<ChatUser> RegisterAsync(string email, string username, string password, string? displayName = null, CancellationToken cancel = default) =>
        _rest.SendAsync<ChatUser>(HttpMethod.Post, "auth/register", new { email, username, password, displayName }, Retry.Keyed, cancel);

    /// <summary>Verifies the address of a new account with the token from the mail. Refused with <c>invalid_token</c> when it was used or is too old.</summary>
    public Task VerifyEmailAsync(string token, CancellationToken cancel = default) =>
        _rest.SendAsync(HttpMethod.Post, "auth/verify-email", new { token }, Retry.Never, cancel);

    /// <summary>Signs in; the session cookie is kept for later calls.</summary>
    public Task<LoginResult> LoginAsync(string login, string password, bool remember = false, CancellationToken cancel = default) =>
        _rest.SendAsync<LoginResult>(HttpMethod.Post, "auth/login", new { login, password, remember }, Retry.Never, cancel);

    /// <summary>Ends the session: open sockets of it are closed with 4009.</summary>
    public Task LogoutAsync(CancellationToken cancel = default) => _rest.SendAsync(HttpMethod.Post, "auth/logout", null, Retry.Never, cancel);

    /// <summary>The person who is signed in.</summary>
    public Task<ChatUser> MeAsync(CancellationToken cancel = default) => _rest.GetAsync<ChatUser>("users/@me", cancel);

    /// <summary>Creates a server owned by the caller; it has one text channel, <c>general</c>.</summary>
    public Task<ChatServer> CreateServerAsync(string name, CancellationToken cancel = default) =>
        _rest.SendAsync<ChatServer>(HttpMethod.Post, "servers", new { name }, Retry.Keyed, cancel);

    /// <summary>A server as the caller, a member, sees it.</summary>
    public Task<ChatServer> ServerAsync(Guid server, CancellationToken cancel = default) => _rest.GetAsync<ChatServer>($"servers/{server}", cancel);

    /// <summary>Creates an invite to a server.</summary>
    /// <param name="maxUses">How often it may be accepted; null: without limit.</param>
    /// <param name="lifetime">Whole seconds until it expires; null: the server's default.</param>
    public Task<ChatInvite> CreateInviteAsync(Guid server, int? maxUses = null, TimeSpan? lifetime = null, CancellationToken cancel = default) =>
        _rest.SendAsync<ChatInvite>(HttpMethod.Post, $"servers/{server}/invites",
            new { maxUses, expiresInSeconds = (int?)lifetime?.TotalSeconds }, Retry.Keyed, cancel);

    /// <summary>Joins the server of an invite; for a member it is a no-op with the same answer.</summary>
    public async Task<ChatServer> AcceptInviteAsync(string code, CancellationToken cancel = default) =>
        (await _rest.SendAsync<Accepted>(HttpMethod.Post, $"invites/{Uri.EscapeDataString(code)}/accept", null, Retry.Keyed, cancel).ConfigureAwait(false)).Server;

    /// <summary>Leaves a server. Once it returned, nothing of that server is delivered to the caller any more.</summary>
    public Task LeaveServerAsync(Guid server, CancellationToken cancel = default) =>
        _rest.SendAsync(HttpMethod.Post, $"servers/{server}/leave", null, Retry.Keyed, cancel);

    /// <summary>The channels of a server that the caller can see.</summary>
    public async Task<IReadOnlyList<ChatChannel>> ChannelsAsync(Guid server, CancellationToken cancel = default) =>
        (await _rest.GetAsync<Page<ChatChannel>>($"servers/{server}/channels", cancel).ConfigureAwait(false)).Items;

    /// <summary>Creates a channel.</summary>
    /// <param name="kind"><c>text</c>, <c>voice</c>, <c>video</c> or <c>announcement</c>.</param>
    public Task<ChatChannel> CreateChannelAsync(Guid server, string name, string kind = "text", bool isPrivate = false, CancellationToken cancel = default) =>
        _rest.SendAsync<ChatChannel>(HttpMethod.Post, $"servers/{server}/channels", new { name, kind, @private = isPrivate }, Retry.Keyed, cancel);

    /// <summary>
    /// Sends a message. The nonce makes it exactly once: a retry, here or by the caller with the same nonce, returns the first result.
    /// </summary>
    /// <param name="content">1 to 4000 characters.</param>
    /// <param name="nonce">1 to 64 visible ASCII characters; null: a fresh one.</param>
    public Task<ChatMessage> SendAsync(Guid channel, string content, string? nonce = null, Guid? replyTo = null, CancellationToken cancel = default) =>
        _rest.SendAsync<ChatMessage>(HttpMethod.Post, $"channels/{channel}/messages",
            new { content, nonce = nonce ?? Guid.CreateVersion7().ToString("N"), replyTo }, Retry.Keyed, cancel);

    /// <summary>A page of history by <c>seq</c>: at most one of before, after and around; without any, the newest.</summary>
    /// <param name="limit">1 to 50.</param>
    public Task<HistoryPage> HistoryAsync(Guid channel, long? before = null, long? after = null, long? around = null, int limit = 50, CancellationToken cancel = default) =>
        _rest.GetAsync<HistoryPage>($"channels/{channel}/messages?limit={Number(limit)}{Query("before", before)}{Query("after", after)}{Query("around", around)}", cancel);

    /// <summary>A page of what changed after a revision, in order: what a client without a socket polls.</summary>
    public Task<ChangePage> ChangesAsync(Guid channel, long after, int limit = 100, CancellationToken cancel = default) =>
        _rest.GetAsync<ChangePage>($"channels/{channel}/changes?after={Number(after)}&limit={Number(limit)}", cancel);

    /// <summary>A single-use ticket for one socket, good for 30 s.</summary>
    public Task<SocketTicket> TicketAsync(CancellationToken cancel = default) =>
        _rest.SendAsync<SocketTicket>(HttpMethod.Post, "realtime/tickets", null, Retry.Keyed, cancel);

    /// <summary>A socket of this person, not yet connected: it asks for a fresh ticket on every connection.</summary>
    public ChatSocket CreateSocket(ChatSocketOptions? options = null) => new(TicketAsync, options);

    public void Dispose() => _rest.Dispose();

    private static string Number(long value) => value.ToString(CultureInfo.InvariantCulture);

    private static string Query(string name, long? value) => value is { } v ? $"&{name}={Number(v)}" : "";

    private sealed record Accepted(ChatServer Server);

    private sealed record Page<T>(IReadOnlyList<T> Items);
}
