using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Chat.ServiceDefaults.Json;
using Chat.ServiceDefaults.Stores;
using StackExchange.Redis;

namespace Chat.Realtime.Tickets;

/// <summary>Tickets in Redis, under the hash of their text: whoever reads Redis learns none.</summary>
internal sealed class TicketStore(IConnectionMultiplexer redis)
{
    public static readonly TimeSpan Lifetime = TimeSpan.FromSeconds(30);

    /// <summary>32 bytes in base64url.</summary>
    private const int TextLength = 43;

    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(1);

    // Read and delete in one step, so that of two uses at the same moment one fails.
    private static readonly RedisScript Take = new("local owner = redis.call('GET', KEYS[1]) if owner then redis.call('DEL', KEYS[1]) end return owner");

    /// <exception cref="RedisException">Redis is away.</exception>
    /// <exception cref="TimeoutException">Redis does not answer.</exception>
    public async Task<string> IssueAsync(SocketOwner owner, CancellationToken cancellationToken)
    {
        var ticket = Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(32));
        await redis.GetDatabase().StringSetAsync(Key(ticket), JsonSerializer.Serialize(owner, JsonDefaults.Options), Lifetime).WaitAsync(Timeout, cancellationToken);
        return ticket;
    }

    /// <summary>Whose ticket it is; null when it was used, has expired or never was.</summary>
    /// <exception cref="RedisException">Redis is away.</exception>
    /// <exception cref="TimeoutException">Redis does not answer.</exception>
    public async Task<SocketOwner?> RedeemAsync(string ticket, CancellationToken cancellationToken)
    {
        if (ticket.Length != TextLength)
            return null;
        var owner = (string?)await Take.RunAsync(redis.GetDatabase(), Timeout, [Key(ticket)], [], cancellationToken);
        return owner is null ? null : JsonSerializer.Deserialize<SocketOwner>(owner, JsonDefaults.Options);
    }

    private static RedisKey Key(string ticket) => "realtime:ticket:" + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(ticket)));
}
