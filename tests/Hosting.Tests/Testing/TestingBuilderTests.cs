using Chat.Hosting.ApplicationModel;
using Chat.Hosting.Testing;
using Projects;

namespace Chat.Hosting.Tests.Testing;

public sealed class TestingBuilderTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_AppHost_runs_in_the_test_with_free_ports_and_its_own_secrets()
    {
        await using var builder = await DistributedApplicationTestingBuilder.CreateAsync<Chat_HostingSample_AppHost>(["--Parameters:greeting=good day"], Cancel);
        await using var app = await builder.BuildAsync(Cancel);
        await app.StartAsync(Cancel);
        await app.ResourceNotifications.WaitForResourceHealthyAsync("caller", Poll.Limit());
        Assert.NotEqual(18099, app.GetEndpoint("echo", "http").Port);
        using var echo = app.CreateHttpClient("echo");
        Assert.Equal("good day", await echo.GetStringAsync("/environment/GREETING", Cancel));
        Assert.Equal(32, (await echo.GetStringAsync("/environment/TOKEN", Cancel)).Length);
        Assert.Equal("""["--first","one"]""", await echo.GetStringAsync("/arguments", Cancel));
        Assert.EndsWith("Echo", await echo.GetStringAsync("/directory", Cancel), StringComparison.Ordinal);
        using var caller = app.CreateHttpClient("caller");
        Assert.Equal(app.GetEndpoint("echo").ToString().TrimEnd('/'), await caller.GetStringAsync("/environment/services__echo__http__0", Cancel));
    }

    [Fact]
    public async Task A_test_changes_resources_before_the_build_and_every_replica_serves()
    {
        await using var builder = await DistributedApplicationTestingBuilder.CreateAsync<Chat_HostingSample_AppHost>(Cancel);
        builder.CreateResourceBuilder<ProjectResource>("echo").WithReplicas(2);
        await using var app = await builder.BuildAsync(Cancel);
        await app.StartAsync(Cancel);
        await app.ResourceNotifications.WaitForResourceHealthyAsync("caller", Poll.Limit());
        using var caller = app.CreateHttpClient("caller");
        using var client = new HttpClient();
        HashSet<string> processes = [];
        for (var replica = 0; replica < 2; replica++)
            processes.Add(await client.GetStringAsync(new Uri(new Uri(await caller.GetStringAsync($"/environment/services__echo__http__{replica}", Cancel)), "/process"), Cancel));
        Assert.Equal(2, processes.Count);
    }

    [Fact]
    public async Task A_service_that_crashes_comes_back_on_the_same_port()
    {
        await using var builder = await DistributedApplicationTestingBuilder.CreateAsync<Chat_HostingSample_AppHost>(Cancel);
        await using var app = await builder.BuildAsync(Cancel);
        await app.StartAsync(Cancel);
        await app.ResourceNotifications.WaitForResourceHealthyAsync("echo", Poll.Limit());
        using var echo = app.CreateHttpClient("echo");
        var before = await echo.GetStringAsync("/process", Cancel);
        using var answer = await echo.PostAsync(new Uri("/exit/5", UriKind.Relative), null, Cancel).ContinueWith(t => t.IsCompletedSuccessfully ? t.Result : new HttpResponseMessage(), TaskScheduler.Default);
        await Poll.UntilAsync("another process answers", async () =>
        {
            try
            {
                return await echo.GetStringAsync("/process", Cancel) != before;
            }
            catch (HttpRequestException)
            {
                return false;
            }
        });
        await app.ResourceNotifications.WaitForResourceHealthyAsync("echo", Poll.Limit());
    }

    [Fact]
    public async Task What_the_AppHost_throws_reaches_the_test()
    {
        await Assert.ThrowsAsync<FormatException>(() => DistributedApplicationTestingBuilder.CreateAsync<Chat_HostingSample_AppHost>(["--echo-port=none"], Cancel));
    }

    [Fact]
    public async Task A_builder_can_be_disposed_of_without_building()
    {
        await using var builder = await DistributedApplicationTestingBuilder.CreateAsync<Chat_HostingSample_AppHost>(Cancel);
        Assert.Equal(["caller", "echo", "greeting", "token"], builder.Resources.Select(r => r.Name).Order());
    }

    [Fact]
    public async Task Unknown_resources_and_endpoints_are_said_to_be_unknown()
    {
        await using var builder = DistributedApplicationTestingBuilder.Create();
        builder.AddParameter("value", "x");
        await using var app = await builder.BuildAsync(Cancel);
        Assert.Throws<ArgumentException>(() => app.GetEndpoint("nobody"));
        Assert.Throws<InvalidOperationException>(() => app.GetEndpoint("value"));
        await Assert.ThrowsAsync<InvalidOperationException>(async () => await app.GetConnectionStringAsync("value", Cancel));
    }
}
