using System.Diagnostics;
using Chat.Hosting.Servers;
using Npgsql;

namespace Chat.Hosting.Tests.Servers;

public sealed class PostgresServerTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Starts_with_databases_and_keeps_them_over_kill_and_stop()
    {
        var request = ServerUnderTest.Request("postgres", persistent: true);
        var server = await LocalServers.PreparePostgresAsync(request, Cancellation);
        await using var running = await ServerUnderTest.StartAsync(server);

        await server.CreateDatabaseAsync("chat\"db", Cancellation);
        await server.CreateDatabaseAsync("chat\"db", Cancellation);
        var database = new NpgsqlConnectionStringBuilder(server.ConnectionString) { Database = "chat\"db", Pooling = false }.ConnectionString;
        await ExecuteAsync(database, "create table kept (n int); insert into kept values (1)");
        Assert.Equal("on", await ScalarAsync(database, "show fsync"));
        Assert.Equal("200", await ScalarAsync(database, "show max_connections"));
        Assert.Equal("ÄÖ", await ScalarAsync(database, "select upper('äö')"));

        // A backend that is busy does not notice by itself that the postmaster is gone.
        await using var busy = NpgsqlDataSource.Create(database);
        var work = busy.CreateCommand("select count(*) from generate_series(1, 2000000000)").ExecuteScalarAsync(Cancellation);
        await running.KillAsync(running.Main);
        await Assert.ThrowsAnyAsync<NpgsqlException>(() => work);
        Assert.False(await server.IsReadyAsync(Cancellation));
        await running.RestartAsync();
        await ExecuteAsync(database, "insert into kept values (2)");

        await running.StopAsync();
        Assert.Equal(0, await running.Main.Exited);
        server = await LocalServers.PreparePostgresAsync(request, Cancellation);
        await using var again = await ServerUnderTest.StartAsync(server);
        Assert.Equal(2L, await ScalarAsync(database, "select count(*) from kept"));
    }

    [Fact]
    public async Task Refuses_a_wrong_password_and_shows_the_right_one_to_nobody()
    {
        var request = ServerUnderTest.Request("postgres");
        var server = await LocalServers.PreparePostgresAsync(request, Cancellation);
        await using var running = await ServerUnderTest.StartAsync(server);

        var wrong = new NpgsqlConnectionStringBuilder(server.ConnectionString) { Password = "wrong", Pooling = false }.ConnectionString;
        var refusal = await Assert.ThrowsAsync<PostgresException>(() => ScalarAsync(wrong, "select 1"));
        Assert.Equal(PostgresErrorCodes.InvalidPassword, refusal.SqlState);

        Assert.Contains("postgres", running.CommandLines(), StringComparison.Ordinal);
        Assert.DoesNotContain(ServerUnderTest.Password, running.CommandLines(), StringComparison.Ordinal);
        Assert.False(File.Exists(Path.Combine(server.DataDirectory, "password")));
    }

    [Fact]
    public async Task Stops_without_waiting_for_open_sessions()
    {
        var server = await LocalServers.PreparePostgresAsync(ServerUnderTest.Request("postgres"), Cancellation);
        await using var running = await ServerUnderTest.StartAsync(server);
        await using var session = new NpgsqlConnection(server.ConnectionString + ";Pooling=false");
        await session.OpenAsync(Cancellation);

        var elapsed = Stopwatch.StartNew();
        await running.StopAsync();

        Assert.Equal(0, await running.Main.Exited);
        // One that waits for sessions is killed in the end.
        Assert.InRange(elapsed.Elapsed, TimeSpan.Zero, server.Processes[0].StopTimeout - TimeSpan.FromSeconds(1));
    }

    [Fact]
    public async Task Data_that_its_user_could_not_reach_is_kept_elsewhere()
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "only root runs it as another user");
        var closed = Directory.CreateTempSubdirectory("chat-closed-").FullName;
        try
        {
            var request = ServerUnderTest.Request("postgres") with { DataDirectory = Path.Combine(closed, "postgres") };

            var server = await LocalServers.PreparePostgresAsync(request, Cancellation);

            Assert.StartsWith("/var/lib/chat/", server.DataDirectory, StringComparison.Ordinal);
            await using var running = await ServerUnderTest.StartAsync(server);
        }
        finally
        {
            Directory.Delete(closed, recursive: true);
        }
    }

    [Fact]
    public async Task Data_of_another_version_is_refused_with_a_reason()
    {
        var request = ServerUnderTest.Request("postgres");
        var data = Directory.CreateDirectory(Path.Combine(request.DataDirectory, "data"));
        await File.WriteAllTextAsync(Path.Combine(data.FullName, "PG_VERSION"), "9\n", Cancellation);
        try
        {
            var refusal = await Assert.ThrowsAsync<ServerUnavailableException>(() => LocalServers.PreparePostgresAsync(request, Cancellation));

            Assert.Contains("PostgreSQL 9", refusal.Message, StringComparison.Ordinal);
        }
        finally
        {
            Directory.Delete(request.DataDirectory, recursive: true);
        }
    }

    private static async Task ExecuteAsync(string connectionString, string sql)
    {
        await using var source = NpgsqlDataSource.Create(connectionString);
        await using var command = source.CreateCommand(sql);
        await command.ExecuteNonQueryAsync(Cancellation);
    }

    private static async Task<object?> ScalarAsync(string connectionString, string sql)
    {
        await using var source = NpgsqlDataSource.Create(connectionString);
        await using var command = source.CreateCommand(sql);
        return await command.ExecuteScalarAsync(Cancellation);
    }
}
