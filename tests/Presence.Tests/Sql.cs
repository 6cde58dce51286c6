using Npgsql;

namespace Chat.Presence.Tests;

/// <summary>A look behind the routes, for what no route tells or makes.</summary>
internal static class Sql
{
    private static CancellationToken Ending => TestContext.Current.CancellationToken;

    public static async Task RunAsync(string database, string sql, params object[] values)
    {
        await using var source = NpgsqlDataSource.Create(database);
        await using var command = Command(source, sql, values);
        await command.ExecuteNonQueryAsync(Ending);
    }

    public static async Task<T> ScalarAsync<T>(string database, string sql, params object[] values)
    {
        await using var source = NpgsqlDataSource.Create(database);
        await using var command = Command(source, sql, values);
        return (T)(await command.ExecuteScalarAsync(Ending) ?? throw new InvalidOperationException("No row."));
    }

    private static NpgsqlCommand Command(NpgsqlDataSource source, string sql, object[] values)
    {
        var command = source.CreateCommand(sql);
        foreach (var value in values)
            command.Parameters.Add(new() { Value = value });
        return command;
    }
}
