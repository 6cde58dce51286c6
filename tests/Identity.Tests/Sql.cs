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

    /// <summary>The first column of every row.</summary>
    public static async Task<IReadOnlyList<string>> TextsAsync(string database, string text, params object[] values)
    {
        await using var source = NpgsqlDataSource.Create(database);
        await using var command = source.CreateCommand(text);
        foreach (var value in values)
            command.Parameters.AddWithValue(value);
        await using var reader = await command.ExecuteReaderAsync(Calls.Cancel);
        var texts = new List<string>();
        while (await reader.ReadAsync(Calls.Cancel))
            texts.Add(reader.GetString(0));
        return texts;
    }
}
