using Npgsql;

namespace Chat.Messaging.Writing;

/// <summary>Batches of statements over arrays.</summary>
internal static class GroupBatch
{
    public static NpgsqlBatch With(this NpgsqlBatch batch, string sql, params ReadOnlySpan<NpgsqlParameter> parameters)
    {
        var command = new NpgsqlBatchCommand(sql);
        foreach (var parameter in parameters)
            command.Parameters.Add(parameter);
        batch.BatchCommands.Add(command);
        return batch;
    }

    public static NpgsqlParameter<TValue[]> Array<TValue>(IEnumerable<TValue> values) => new() { TypedValue = [.. values] };
}
