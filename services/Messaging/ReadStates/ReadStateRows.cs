using Npgsql;

namespace Chat.Messaging.ReadStates;

/// <summary>A read state as it was found.</summary>
/// <param name="State">Null: there is no row yet.</param>
/// <param name="Incomplete">Somebody has to ask the servers service first: without it the place of the joining, or the roles that mentions are counted for, are not known.</param>
/// <param name="Fenced">Rights were taken away in the server since it was asked.</param>
internal sealed record FoundState(ReadState? State, bool Incomplete, bool Fenced);

/// <summary>Batches of <see cref="ReadStateSql"/>.</summary>
internal static class ReadStateRows
{
    /// <summary>Adds a statement about what somebody sees.</summary>
    public static NpgsqlBatch With(this NpgsqlBatch batch, string sql, Guid user, SeenChannels seen, params ReadOnlySpan<NpgsqlParameter> more)
    {
        var command = new NpgsqlBatchCommand(sql);
        seen.AddTo(command.Parameters, user);
        foreach (var parameter in more)
            command.Parameters.Add(parameter.Clone());
        batch.BatchCommands.Add(command);
        return batch;
    }

    /// <summary>Adds a statement without parameters.</summary>
    public static NpgsqlBatch With(this NpgsqlBatch batch, string sql)
    {
        batch.BatchCommands.Add(new NpgsqlBatchCommand(sql));
        return batch;
    }

    /// <summary>Reads the ids of a result.</summary>
    public static async Task<HashSet<Guid>> ReadIdsAsync(NpgsqlDataReader reader, CancellationToken cancellationToken)
    {
        var ids = new HashSet<Guid>();
        while (await reader.ReadAsync(cancellationToken))
            ids.Add(reader.GetGuid(0));
        return ids;
    }

    /// <summary>Reads the result of <see cref="ReadStateSql.StateOfOne"/> or <see cref="ReadStateSql.StateOfMany"/>.</summary>
    /// <param name="now">Until then a muting is over.</param>
    public static async Task<List<FoundState>> ReadAsync(NpgsqlDataReader reader, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var found = new List<FoundState>();
        while (await reader.ReadAsync(cancellationToken))
            found.Add(new FoundState(reader.IsDBNull(2) ? null : Read(reader, now), reader.GetBoolean(8), reader.GetBoolean(9)));
        return found;
    }

    private static ReadState Read(NpgsqlDataReader reader, DateTimeOffset now)
    {
        var muted = reader.IsDBNull(7) ? (DateTimeOffset?)null : reader.GetFieldValue<DateTimeOffset>(7);
        return new ReadState(
            reader.GetGuid(0),
            reader.IsDBNull(1) ? null : reader.GetGuid(1),
            reader.GetInt64(2),
            reader.GetInt64(3),
            reader.GetInt64(4),
            reader.GetInt64(5),
            reader.GetInt64(6),
            muted > now ? muted : null);
    }
}
