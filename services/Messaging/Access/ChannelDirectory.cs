using Chat.Messaging.Changes;
using Microsoft.Extensions.Caching.Memory;
using Npgsql;

namespace Chat.Messaging.Access;

/// <summary>
/// What a channel is and where it belongs: none of that ever changes, so it is kept in memory, bounded. But for threads: those can be deleted by themselves, so they are asked for each time.
/// </summary>
internal sealed class ChannelDirectory(NpgsqlDataSource store) : IDisposable
{
    private const int MaxKept = 100_000;

    private readonly MemoryCache _kept = new(new MemoryCacheOptions { SizeLimit = MaxKept });

    /// <summary>Null when there is no row: a server's channel in which nobody has written yet, or none at all.</summary>
    public async ValueTask<ChannelPlace?> FindAsync(Guid channel, CancellationToken cancellationToken)
    {
        if (_kept.TryGetValue(channel, out ChannelPlace? known))
            return known;

        await using var command = store.CreateCommand("SELECT kind, server_id, parent, access_rev FROM channels WHERE id = $1");
        command.Parameters.Add(new() { Value = channel });
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        if (!await reader.ReadAsync(cancellationToken))
            return null;
        var place = new ChannelPlace((ChannelKind)reader.GetInt16(0), reader.IsDBNull(1) ? null : reader.GetGuid(1), reader.IsDBNull(2) ? null : reader.GetGuid(2))
        {
            Gone = reader.GetInt64(3) == long.MaxValue,
        };
        // Without its server the row is not complete yet.
        if (place is { Server: not null, Kind: not ChannelKind.Thread, Gone: false })
            _kept.Set(channel, place, new MemoryCacheEntryOptions { Size = 1 });
        return place;
    }

    public void Dispose() => _kept.Dispose();
}

/// <summary>Where a channel belongs.</summary>
/// <param name="Server">Its server; a conversation stands for its own.</param>
/// <param name="Parent">The channel that a thread hangs in.</param>
internal sealed record ChannelPlace(ChannelKind Kind, Guid? Server, Guid? Parent)
{
    /// <summary>It was deleted, and what is in it is about to go: no permission counts there any more.</summary>
    public bool Gone { get; init; }
}
