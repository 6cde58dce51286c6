using Chat.Hosting.ApplicationModel;
using Chat.Hosting.Testing;
using Chat.Hosting.Tests.ApplicationModel;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Npgsql;

namespace Chat.Hosting.Tests.Testing;

public sealed class ServerResourceTests
{
    // Servers may have to be downloaded the first time.
    private static readonly TimeSpan Preparation = TimeSpan.FromMinutes(10);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Servers_become_healthy_and_a_supplied_server_is_used_instead_of_a_new_one()
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        limit.CancelAfter(Preparation);
        await using var builder = Models.Empty();
        var database = builder.AddPostgres("postgres").AddDatabase("ordersdb", "orders");
        var redis = builder.AddRedis("redis");
        builder.AddIdle("dependent").WaitFor(database).WaitFor(redis);
        await using var app = await builder.BuildAsync(Cancel);
        await app.StartAsync(Cancel);
        await app.ResourceNotifications.WaitForResourceAsync("dependent", KnownResourceStates.Running, limit.Token);
        var supplied = await app.GetConnectionStringAsync("postgres", Cancel);
        Assert.Equal("orders", await DatabaseAsync(await app.GetConnectionStringAsync("ordersdb", Cancel)));

        await using var second = Models.Empty($"--ConnectionStrings:postgres={supplied}");
        second.AddPostgres("postgres").AddDatabase("billingdb", "billing");
        await using var other = await second.BuildAsync(Cancel);
        await other.StartAsync(Cancel);
        await other.ResourceNotifications.WaitForResourceHealthyAsync("billingdb", limit.Token);
        Assert.Equal($"{supplied};Database=billing", await other.GetConnectionStringAsync("billingdb", Cancel));
        Assert.Equal("billing", await DatabaseAsync(await other.GetConnectionStringAsync("billingdb", Cancel)));
        Assert.Throws<ArgumentException>(() => other.GetEndpoint("postgres"));
    }

    [Fact]
    public async Task A_supplied_server_that_refuses_the_credentials_is_not_healthy()
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        limit.CancelAfter(Preparation);
        await using var builder = Models.Empty();
        builder.AddRedis("redis");
        await using var app = await builder.BuildAsync(Cancel);
        await app.StartAsync(Cancel);
        await app.ResourceNotifications.WaitForResourceHealthyAsync("redis", limit.Token);
        var right = await app.GetConnectionStringAsync("redis", Cancel) ?? "";

        await using var second = Models.Empty($"--ConnectionStrings:right={right}", $"--ConnectionStrings:wrong={right}x");
        second.AddRedis("right");
        second.AddRedis("wrong");
        await using var other = await second.BuildAsync(Cancel);
        await other.StartAsync(Cancel);
        await other.ResourceNotifications.WaitForResourceHealthyAsync("right", limit.Token);
        await other.ResourceNotifications.WaitForResourceAsync("wrong", e => e.Snapshot.HealthReports is [{ Status: HealthStatus.Unhealthy }], limit.Token);
    }

    private static async Task<string?> DatabaseAsync(string? connectionString)
    {
        await using var connection = new NpgsqlConnection(connectionString);
        await connection.OpenAsync(Cancel);
        await using var command = new NpgsqlCommand("select current_database()", connection);
        return await command.ExecuteScalarAsync(Cancel) as string;
    }
}
