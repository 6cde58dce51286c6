using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace Chat.Servers.Tests;

/// <summary>A look behind the routes, for what no route tells or makes yet.</summary>
internal static class Sql
{
    public static async Task ExecuteAsync(string database, string sql, params object[] values)
    {
        await using var source = NpgsqlDataSource.Create(database);
        await using var command = Command(source, sql, values);
        command.CommandTimeout = 120;
        await command.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
    }

    public static async Task<List<T>> ListAsync<T>(string database, string sql, params object[] values)
    {
        await using var source = NpgsqlDataSource.Create(database);
        return await ListAsync<T>(source, sql, values);
    }

    /// <summary>How a statement is planned, with the settings of the service's own sessions.</summary>
    public static async Task<string> PlanAsync(Deployment deployment, string sql, params object[] values) =>
        string.Join('\n', await ListAsync<string>(deployment.Replicas[0].Services.GetRequiredService<NpgsqlDataSource>(), $"explain {sql}", values));

    private static async Task<List<T>> ListAsync<T>(NpgsqlDataSource source, string sql, object[] values)
    {
        await using var command = Command(source, sql, values);
        await using var reader = await command.ExecuteReaderAsync(TestContext.Current.CancellationToken);
        var items = new List<T>();
        while (await reader.ReadAsync(TestContext.Current.CancellationToken))
        {
            items.Add(reader.GetFieldValue<T>(0));
        }

        return items;
    }

    private static NpgsqlCommand Command(NpgsqlDataSource source, string sql, object[] values)
    {
        var command = source.CreateCommand(sql);
        foreach (var value in values)
        {
            command.Parameters.Add(new() { Value = value });
        }

        return command;
    }
}
