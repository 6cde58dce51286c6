namespace Chat.Hosting.Servers;

/// <summary>A Redis or RabbitMQ that somebody else runs, known by its connection string: the same login as for those started here.</summary>
internal static class SuppliedServer
{
    /// <param name="connectionString"><c>host:port,password=…,user=…,ssl=true</c> with any number of hosts, or <c>redis[s]://user:password@host:port</c>. One host that answers is enough.</param>
    /// <exception cref="FormatException">It is neither.</exception>
    public static async Task<bool> RedisAnswersAsync(string connectionString, CancellationToken cancellationToken)
    {
        if (connectionString.Contains("://", StringComparison.Ordinal))
        {
            var uri = new Uri(connectionString);
            var (user, secret) = Credentials(uri);
            return await RedisLogin.SucceedsAsync(Address(uri, "rediss", 6379, 6379), user, secret, cancellationToken);
        }
        var parts = connectionString.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        var options = parts.Select(part => part.Split('=', 2)).Where(option => option.Length == 2).ToLookup(option => option[0].Trim().ToLowerInvariant(), option => option[1].Trim());
        var tls = options["ssl"].LastOrDefault()?.Equals("true", StringComparison.OrdinalIgnoreCase) == true;
        foreach (var host in parts.Where(part => !part.Contains('=')))
        {
            var address = Address(new Uri("redis://" + host), "", tls ? 6380 : 6379, 0) with { Tls = tls };
            if (await RedisLogin.SucceedsAsync(address, options["user"].LastOrDefault() ?? "", options["password"].LastOrDefault() ?? "", cancellationToken))
                return true;
        }
        return false;
    }

    /// <param name="connectionString"><c>amqp[s]://user:password@host:port/virtual-host</c>.</param>
    /// <exception cref="FormatException">It is something else.</exception>
    public static Task<bool> RabbitMqAnswersAsync(string connectionString, CancellationToken cancellationToken)
    {
        var uri = new Uri(connectionString);
        var (user, password) = uri.UserInfo.Length == 0 ? ("guest", "guest") : Credentials(uri);
        var virtualHost = Uri.UnescapeDataString(uri.AbsolutePath.TrimStart('/'));
        return AmqpHandshake.SucceedsAsync(Address(uri, "amqps", 5672, 5671), user, password, virtualHost.Length == 0 ? "/" : virtualHost, cancellationToken);
    }

    private static ServerAddress Address(Uri uri, string tlsScheme, int port, int tlsPort) =>
        new(uri.IdnHost, uri.Port > 0 ? uri.Port : uri.Scheme == tlsScheme ? tlsPort : port, uri.Scheme == tlsScheme);

    private static (string User, string Password) Credentials(Uri uri) =>
        uri.UserInfo.Split(':', 2) is [var user, var password] ? (Uri.UnescapeDataString(user), Uri.UnescapeDataString(password)) : (Uri.UnescapeDataString(uri.UserInfo), "");
}
