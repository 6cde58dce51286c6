using Chat.Hosting.ApplicationModel;
using Chat.Hosting.Tests.ApplicationModel;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Chat.Hosting.Tests.Orchestration;

public sealed class OrchestrationTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("chat-orchestration-").FullName;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public async Task WaitFor_starts_a_resource_once_its_dependency_is_healthy()
    {
        var isHealthy = false;
        await using var builder = Models.Empty();
        builder.Services.AddHealthChecks().AddCheck("flag", () => isHealthy ? HealthCheckResult.Healthy() : HealthCheckResult.Unhealthy("not yet"));
        var first = builder.AddIdle("first").WithHealthCheck("flag");
        builder.AddIdle("second").WaitFor(first);
        builder.AddIdle("third").WaitForStart(first);
        await using var app = await builder.BuildAsync(Cancel);
        await app.StartAsync(Cancel);
        await app.ResourceNotifications.WaitForResourceAsync("third", KnownResourceStates.Running, Poll.Limit());
        Assert.True(app.ResourceNotifications.TryGetCurrentState("second", out var second));
        Assert.Equal(KnownResourceStates.Waiting, second.Snapshot.State?.Text);
        isHealthy = true;
        await app.ResourceNotifications.WaitForResourceHealthyAsync("first", Poll.Limit());
        await app.ResourceNotifications.WaitForResourceAsync("second", KnownResourceStates.Running, Poll.Limit());
        isHealthy = false;
        await app.ResourceNotifications.WaitForResourceAsync("first", e => e.Snapshot.HealthStatus == HealthStatus.Unhealthy, Poll.Limit());
    }

    [Fact]
    public async Task WaitForCompletion_needs_the_exit_code_that_was_said()
    {
        await using var builder = Models.Empty();
        var migration = builder.AddShell("migration", "exit 0");
        var failing = builder.AddShell("failing", "exit 3");
        builder.AddIdle("after-migration").WaitForCompletion(migration);
        builder.AddIdle("after-three").WaitForCompletion(failing, exitCode: 3);
        builder.AddIdle("after-failure").WaitForCompletion(failing);
        await using var app = await builder.BuildAsync(Cancel);
        await app.StartAsync(Cancel);
        await app.ResourceNotifications.WaitForResourceAsync("after-migration", KnownResourceStates.Running, Poll.Limit());
        await app.ResourceNotifications.WaitForResourceAsync("after-three", KnownResourceStates.Running, Poll.Limit());
        await app.ResourceNotifications.WaitForResourceAsync("after-failure", KnownResourceStates.FailedToStart, Poll.Limit());
        var ended = await app.ResourceNotifications.WaitForResourceAsync("failing", e => e.Snapshot.State?.Text == KnownResourceStates.Exited, Poll.Limit());
        Assert.Equal(3, ended.Snapshot.ExitCode);
    }

    [Fact]
    public async Task A_program_that_is_not_there_fails_itself_and_what_waits_for_it()
    {
        await using var builder = Models.Empty();
        var missing = builder.AddExecutable("missing", "/no/such/program", ".");
        builder.AddIdle("dependent").WaitFor(missing);
        await using var app = await builder.BuildAsync(Cancel);
        await app.StartAsync(Cancel);
        await app.ResourceNotifications.WaitForResourceAsync("dependent", KnownResourceStates.FailedToStart, Poll.Limit());
        await Assert.ThrowsAsync<DistributedApplicationException>(() => app.ResourceNotifications.WaitForResourceHealthyAsync("missing", Poll.Limit()));
    }

    [Fact]
    public async Task A_crash_is_followed_by_restarts_that_back_off()
    {
        var starts = Path.Combine(_directory, "starts");
        await using var builder = Models.Empty();
        builder.AddShell("crashing", $"date +%s%N >> {starts}; exit 7");
        await using var app = await builder.BuildAsync(Cancel);
        await app.StartAsync(Cancel);
        var crash = await app.ResourceNotifications.WaitForResourceAsync("crashing", e => e.Snapshot.State?.Text == KnownResourceStates.Exited, Poll.Limit());
        Assert.Equal(7, crash.Snapshot.ExitCode);
        await Poll.UntilAsync("four starts", () => File.Exists(starts) && File.ReadAllLines(starts).Length >= 4);
        var at = File.ReadAllLines(starts).Select(l => long.Parse(l, System.Globalization.CultureInfo.InvariantCulture) / 1_000_000).ToArray();
        // How long the pauses are at most is Backoff's to say: what follows them is up to the machine.
        Assert.True(at[2] - at[1] >= 1000, $"{at[2] - at[1]} ms");
        Assert.True(at[3] - at[2] >= 2000, $"{at[3] - at[2]} ms");
    }

    [Fact]
    public async Task What_ends_well_and_serves_nothing_is_finished()
    {
        var starts = Path.Combine(_directory, "starts");
        await using var builder = Models.Empty();
        builder.AddShell("job", $"echo x >> {starts}");
        await using var app = await builder.BuildAsync(Cancel);
        await app.StartAsync(Cancel);
        var ended = await app.ResourceNotifications.WaitForResourceAsync("job", e => e.Snapshot.State?.Text == KnownResourceStates.Finished, Poll.Limit());
        Assert.Equal(0, ended.Snapshot.ExitCode);
        Assert.Single(File.ReadAllLines(starts));
    }

    [Fact]
    public async Task Dependents_end_before_what_they_depend_on()
    {
        var ends = Path.Combine(_directory, "ends");
        var starts = Path.Combine(_directory, "starts");
        string Script(string name) => $"trap 'echo {name} >> {ends}; exit 0' TERM; echo {name} >> {starts}; while :; do sleep 0.05; done";
        await using var builder = Models.Empty();
        var store = builder.AddShell("store", Script("store"));
        var service = builder.AddShell("service", Script("service")).WaitFor(store);
        var gateway = builder.AddShell("gateway", Script("gateway")).WaitFor(service).WaitFor(store);
        // A circle of references: the issuer is told to the service, which the gateway waits for.
        service.WithReferenceRelationship(gateway);
        await using var app = await builder.BuildAsync(Cancel);
        await app.StartAsync(Cancel);
        await Poll.UntilAsync("all three have set their traps", () => File.Exists(starts) && File.ReadAllLines(starts).Length == 3);
        await app.StopAsync(Cancel);
        Assert.Equal(["gateway", "service", "store"], File.ReadAllLines(ends));
    }

    [Fact]
    public async Task A_container_without_a_runtime_prevents_the_start_with_a_reason()
    {
        await using var builder = Models.Empty();
        builder.AddContainer("cache", "memcached");
        await using var app = await builder.BuildAsync(Cancel);
        if (await Record.ExceptionAsync(() => app.StartAsync(Cancel)) is not { } exception)
            return;
        Assert.Contains("container runtime", Assert.IsType<DistributedApplicationException>(exception).Message, StringComparison.Ordinal);
        Assert.Contains("cache", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_Vite_app_installs_its_packages_and_listens_on_the_port_it_is_given()
    {
        var app = Path.Combine(_directory, "web");
        Directory.CreateDirectory(Path.Combine(app, "dependency"));
        await File.WriteAllTextAsync(Path.Combine(app, "dependency", "package.json"), """{"name":"answer","version":"1.0.0","main":"index.js"}""", Cancel);
        await File.WriteAllTextAsync(Path.Combine(app, "dependency", "index.js"), "module.exports = (req) => `${process.env.PORT} ${process.argv.slice(2).join(' ')}`;", Cancel);
        await File.WriteAllTextAsync(Path.Combine(app, "package.json"), """{"name":"web","version":"1.0.0","scripts":{"dev":"node server.js"},"dependencies":{"answer":"file:dependency"}}""", Cancel);
        await File.WriteAllTextAsync(Path.Combine(app, "server.js"), "const a = require('answer'); require('http').createServer((req, res) => res.end(a(req))).listen(+process.env.PORT, 'localhost');", Cancel);
        await using var builder = Models.Empty();
        var web = builder.AddViteApp("web", app).WithHttpHealthCheck("/");
        await using var application = await builder.BuildAsync(Cancel);
        await application.StartAsync(Cancel);
        await application.ResourceNotifications.WaitForResourceHealthyAsync("web", Poll.Limit());
        using var client = new HttpClient();
        var port = web.GetEndpoint("http").Port;
        Assert.Equal($"{port} --port {port}", await client.GetStringAsync(web.GetEndpoint("http").Url, Cancel));
        await using var again = Models.Empty();
        again.AddViteApp("web", app);
        Assert.DoesNotContain(again.Resources, r => r.Name == "web-installer");
    }
}
