using System.Diagnostics;
using Chat.Hosting.Processes;
using Chat.Hosting.Servers;

namespace Chat.Hosting.Tests.Servers;

/// <summary>A container runtime counts only when its engine answers. The clients here are scripts, since the engine is someone else's program.</summary>
public sealed class ContainerRuntimeTests : IAsyncLifetime
{
    private readonly string _directory = Directory.CreateTempSubdirectory("chat-containers-").FullName;
    private readonly ProcessSpawner _spawner = new(null);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        await _spawner.DisposeAsync();
        Directory.Delete(_directory, recursive: true);
    }

    [Theory]
    [InlineData("echo 'Cannot connect to the Docker daemon' >&2; exit 1")]
    [InlineData("echo; exit 0")]
    [InlineData("sleep 600")]
    public async Task A_client_without_an_engine_is_skipped_within_seconds(string script)
    {
        var client = Client(script);
        var elapsed = Stopwatch.StartNew();

        Assert.Null(await ContainerRuntime.FindAsync(_spawner, [client], Cancellation));
        Assert.InRange(elapsed.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(60));
    }

    [Fact]
    public async Task Secrets_are_passed_by_name_only()
    {
        var runtime = await ContainerRuntime.FindAsync(_spawner, [Client("echo 27.1")], Cancellation);
        Assert.NotNull(runtime);
        var server = await PostgresServer.FromContainerAsync(ServerUnderTest.Request("postgres", persistent: true), runtime, _spawner, Cancellation);

        var process = Assert.Single(Assert.IsType<PostgresServer>(server).Processes);

        Assert.DoesNotContain(process.Arguments, argument => argument.Contains(ServerUnderTest.Password, StringComparison.Ordinal));
        Assert.Contains("POSTGRES_PASSWORD", process.Arguments);
        Assert.Equal(ServerUnderTest.Password, process.Environment["POSTGRES_PASSWORD"]);
        Assert.Contains("--volume", process.Arguments);
        Assert.Equal(["rm", "--force"], process.Cleanup.Skip(1).Take(2));
    }

    private string Client(string script)
    {
        var file = Path.Combine(_directory, "client");
        File.WriteAllText(file, $"#!/bin/sh\n{script}\n");
        File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        return file;
    }
}
