using Npgsql;

namespace Chat.Identity.Tests;

/// <summary>States that no route brings about, or not in time.</summary>
internal static class Sql
{
    public static async Task RunAsync(string database, string text, params object[] values)
    {
        await using var source = NpgsqlDataSource.Create(database);
        await using var command = source.CreateCommand(text);
        foreach (var value in values)
            command.Parameters.AddWithValue(value);
        await command.ExecuteNonQueryAsync(Calls.Cancel);
    }

    public static async Task<T?> ReadAsync<T>(string database, string text, params object[] values)
    {
        await using var source = NpgsqlDataSource.Create(database);
        await using var command = source.CreateCommand(text);
        foreach (var value in values)
            command.Parameters.AddWithValue(value);
        return (T?)await command.ExecuteScalarAsync(Calls.Cancel);
    }
}
