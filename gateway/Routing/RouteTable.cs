namespace Chat.Gateway.Routing;

/// <summary>
/// Who answers what. Nothing else is reachable from outside: a path that matches no row is a 404 of the gateway's own.
/// Methods are not listed, so that a wrong one is refused by the service, which knows the right ones.
/// </summary>
internal static class RouteTable
{
    public const string Identity = "identity";
    public const string Servers = "servers";
    public const string Messaging = "messaging";
    public const string Presence = "presence";
    public const string Realtime = "realtime";

    public const string Logout = "/api/v1/auth/logout";

    /// <summary>The rows that hold in this environment.</summary>
    public static IReadOnlyList<Route> For(IHostEnvironment environment) => [.. Rows.Where(row => !row.DevelopmentOnly || environment.IsDevelopment())];

    private static readonly IReadOnlyList<Route> Rows =
    [
        // Accounts, sessions, signing keys, other programs' access.
        new("/.well-known/{**rest}", Identity),
        new("/api/v1/auth/{**rest}", Identity),
        new("/api/v1/users/{**rest}", Identity),
        new("/api/v1/admin/{**rest}", Identity),
        new("/verify-email", Identity),
        new("/confirm-email-change", Identity),
        new("/reset-password", Identity),
        new("/forgot-password", Identity),
        new("/oauth/{**rest}", Identity),

        // What a developer looks into instead of a mailbox.
        new("/dev/{**rest}", Identity) { DevelopmentOnly = true },

        // Communities: structure, membership, permissions.
        new("/api/v1/servers/{**rest}", Servers),
        new("/api/v1/invites/{**rest}", Servers),
        new("/api/v1/discovery/{**rest}", Servers),
        new("/api/v1/templates/{**rest}", Servers),
        new("/api/v1/channels/{channel}", Servers),
        new("/api/v1/channels/{channel}/permissions/{**rest}", Servers),
        new("/api/v1/channels/{channel}/overrides/{**rest}", Servers),

        // What is said in channels, and what was read of it.
        new("/api/v1/channels/{channel}/messages/{**rest}", Messaging),
        new("/api/v1/channels/{channel}/changes/{**rest}", Messaging),
        new("/api/v1/channels/{channel}/pins/{**rest}", Messaging),
        new("/api/v1/channels/{channel}/read/{**rest}", Messaging),
        new("/api/v1/channels/{channel}/mute/{**rest}", Messaging),
        new("/api/v1/channels/{channel}/threads/{**rest}", Messaging),
        new("/api/v1/channels/{channel}/scheduled/{**rest}", Messaging),
        new("/api/v1/channels/{channel}/draft", Messaging),
        new("/api/v1/threads/{**rest}", Messaging),
        new("/api/v1/scheduled/{**rest}", Messaging),
        new("/api/v1/drafts/{**rest}", Messaging),
        new("/api/v1/read-states/{**rest}", Messaging),
        new("/api/v1/mentions/{**rest}", Messaging),
        new("/api/v1/search/{**rest}", Messaging),
        new("/api/v1/conversations/{**rest}", Messaging),

        // People among each other.
        new("/api/v1/friends/{**rest}", Presence),
        new("/api/v1/blocks/{**rest}", Presence),

        // Live events.
        new("/api/v1/realtime/{**rest}", Realtime),
        new("/ws", Realtime) { Socket = true },
    ];
}

/// <summary>One row: requests whose path matches go to the service of that name.</summary>
internal sealed record Route(string Path, string Service)
{
    /// <summary>Long-lived: balanced by how many are open, and idle for longer than a request may be.</summary>
    public bool Socket { get; init; }

    /// <summary>Elsewhere the row is not there at all.</summary>
    public bool DevelopmentOnly { get; init; }

    public string Cluster => Socket ? $"{Service}-sockets" : Service;
}
