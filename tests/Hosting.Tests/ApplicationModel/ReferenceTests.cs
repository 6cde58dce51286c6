using Chat.Hosting.ApplicationModel;
using Microsoft.Extensions.Hosting;

namespace Chat.Hosting.Tests.ApplicationModel;

public sealed class ReferenceTests
{
    [Fact]
    public async Task A_project_finds_every_replica_of_another()
    {
        using var builder = Models.Empty();
        var backend = builder.AddProject("back-end", "Backend.csproj").WithHttpEndpoint().WithReplicas(2);
        var frontend = builder.AddProject("frontend", "Frontend.csproj").WithHttpEndpoint().WithReference(backend);
        var environment = await builder.EnvironmentAsync(frontend.Resource);
        var ports = backend.GetEndpoint("http").EndpointAnnotation.Allocated.Select(a => a.Port).ToArray();
        Assert.Equal($"http://localhost:{ports[0]}", environment["services__back-end__http__0"]);
        Assert.Equal($"http://localhost:{ports[1]}", environment["services__back-end__http__1"]);
        Assert.Equal($"http://localhost:{ports[0]}", environment["BACK_END_HTTP"]);
        Assert.NotEqual(ports[0], ports[1]);
        Assert.All(ports, port => Assert.InRange(port, 1024, 32767));
    }

    [Fact]
    public async Task Two_projects_that_refer_to_each_other_both_find_the_other()
    {
        using var builder = Models.Empty();
        var accounts = builder.AddProject("accounts", "Accounts.csproj").WithHttpEndpoint();
        var orders = builder.AddProject("orders", "Orders.csproj").WithHttpEndpoint().WithReference(accounts).WaitFor(accounts);
        accounts.WithReference(orders);
        var ofAccounts = await builder.EnvironmentAsync(accounts.Resource);
        Assert.Equal(orders.GetEndpoint("http").Url, ofAccounts["services__orders__http__0"]);
        var ofOrders = await builder.EnvironmentAsync(orders.Resource);
        Assert.Equal(accounts.GetEndpoint("http").Url, ofOrders["services__accounts__http__0"]);
    }

    [Fact]
    public async Task Each_replica_listens_on_its_own_port_under_its_own_name()
    {
        using var builder = Models.Empty("--OTEL_EXPORTER_OTLP_ENDPOINT=http://localhost:4318");
        var project = builder.AddProject("api", "Api.csproj").WithHttpEndpoint(env: "MY_PORT").WithReplicas(2);
        var environment = await builder.EnvironmentAsync(project.Resource, replica: 1);
        var port = project.GetEndpoint("http").EndpointAnnotation.Allocated[1].Port;
        Assert.Equal($"http://localhost:{port}", environment["ASPNETCORE_URLS"]);
        Assert.Equal($"{port}", environment["MY_PORT"]);
        Assert.Equal("api", environment["OTEL_SERVICE_NAME"]);
        Assert.Equal("service.instance.id=api-1", environment["OTEL_RESOURCE_ATTRIBUTES"]);
        Assert.Equal("http://localhost:4318", environment["OTEL_EXPORTER_OTLP_ENDPOINT"]);
        Assert.Equal("http/protobuf", environment["OTEL_EXPORTER_OTLP_PROTOCOL"]);
        Assert.Equal(Environments.Development, environment["ASPNETCORE_ENVIRONMENT"]);
        Assert.Equal(Environments.Development, environment["DOTNET_ENVIRONMENT"]);
    }

    [Fact]
    public async Task Without_a_telemetry_endpoint_none_is_passed_on()
    {
        using var builder = Models.Empty("--OTEL_EXPORTER_OTLP_ENDPOINT=");
        var project = builder.AddProject("api", "Api.csproj");
        Assert.DoesNotContain("OTEL_EXPORTER_OTLP_ENDPOINT", (await builder.EnvironmentAsync(project.Resource)).Keys);
    }

    [Fact]
    public async Task Connection_strings_have_the_shapes_their_clients_expect()
    {
        using var builder = Models.Empty("--Parameters:postgres-password=p1", "--Parameters:redis-password=p2", "--Parameters:rabbitmq-password=p3");
        var postgres = builder.AddPostgres("postgres");
        var database = postgres.AddDatabase("ordersdb", "orders");
        var redis = builder.AddRedis("redis");
        var rabbitmq = builder.AddRabbitMQ("rabbitmq");
        var tool = builder.AddExecutable("tool", "true", ".").WithReference(postgres).WithReference(database, "Orders").WithReference(redis).WithReference(rabbitmq)
            .WithEnvironment("STORE", redis);
        var environment = await builder.EnvironmentAsync(tool.Resource);
        int Port(IResourceBuilder<IResourceWithEndpoints> server) => server.GetEndpoint("tcp").Port;
        Assert.Equal($"Host=127.0.0.1;Port={Port(postgres)};Username=postgres;Password=p1", environment["ConnectionStrings__postgres"]);
        Assert.Equal($"Host=127.0.0.1;Port={Port(postgres)};Username=postgres;Password=p1;Database=orders", environment["ConnectionStrings__Orders"]);
        Assert.Equal($"127.0.0.1:{Port(redis)},password=p2", environment["ConnectionStrings__redis"]);
        Assert.Equal($"amqp://guest:p3@127.0.0.1:{Port(rabbitmq)}", environment["ConnectionStrings__rabbitmq"]);
        Assert.Equal(environment["ConnectionStrings__redis"], environment["STORE"]);
        Assert.Equal($"postgresql://postgres:p1@127.0.0.1:{Port(postgres)}/orders", environment["ORDERS_URI"]);
        Assert.Equal("orders", environment["ORDERS_DATABASENAME"]);
    }

    [Fact]
    public async Task Environment_takes_every_kind_of_value_and_the_last_wins()
    {
        using var builder = Models.Empty();
        var colour = builder.AddParameter("colour", "red");
        var api = builder.AddProject("api", "Api.csproj").WithHttpEndpoint();
        var tool = builder.AddExecutable("tool", "true", ".")
            .WithEnvironment("TEXT", "first").WithEnvironment("TEXT", "last")
            .WithEnvironment("COMPUTED", () => "computed")
            .WithEnvironment("COLOUR", colour)
            .WithEnvironment("API", api.GetEndpoint("http"))
            .WithEnvironment("PORT", api.GetEndpoint("http").Property(EndpointProperty.Port))
            .WithEnvironment("SENTENCE", $"{colour} at {api.GetEndpoint("http")}")
            .WithEnvironment(context => context.EnvironmentVariables["WHO"] = context.Resource.Name);
        var environment = await builder.EnvironmentAsync(tool.Resource);
        var url = api.GetEndpoint("http").Url;
        Assert.Equal("last", environment["TEXT"]);
        Assert.Equal("computed", environment["COMPUTED"]);
        Assert.Equal("red", environment["COLOUR"]);
        Assert.Equal(url, environment["API"]);
        Assert.Equal($"{api.GetEndpoint("http").Port}", environment["PORT"]);
        Assert.Equal($"red at {url}", environment["SENTENCE"]);
        Assert.Equal("tool", environment["WHO"]);
    }

    [Fact]
    public async Task A_reference_to_one_endpoint_brings_that_endpoint_only()
    {
        using var builder = Models.Empty();
        var api = builder.AddProject("api", "Api.csproj").WithHttpEndpoint().WithHttpEndpoint(name: "admin");
        var tool = builder.AddExecutable("tool", "true", ".").WithReference(api.GetEndpoint("admin")).WithReference("outside", new Uri("https://example.com/"));
        var environment = await builder.EnvironmentAsync(tool.Resource);
        Assert.Equal(api.GetEndpoint("admin").Url, environment["services__api__http__0"]);
        Assert.DoesNotContain("API_HTTP", environment.Keys);
        Assert.Equal("https://example.com/", environment["services__outside__default__0"]);
    }

    [Fact]
    public void A_second_endpoint_of_the_same_name_is_refused()
    {
        using var builder = Models.Empty();
        var api = builder.AddProject("api", "Api.csproj").WithHttpEndpoint();
        Assert.Throws<DistributedApplicationException>(() => api.WithHttpEndpoint());
    }

    [Fact]
    public async Task An_endpoint_has_no_address_before_the_start()
    {
        using var builder = Models.Empty();
        var api = builder.AddProject("api", "Api.csproj").WithHttpEndpoint();
        Assert.False(api.GetEndpoint("http").IsAllocated);
        await Assert.ThrowsAsync<InvalidOperationException>(async () => await api.GetEndpoint("http").GetValueAsync(TestContext.Current.CancellationToken));
    }

    [Fact]
    public void A_resource_waits_neither_for_itself_nor_a_child_for_its_parent()
    {
        using var builder = Models.Empty();
        var tool = builder.AddExecutable("tool", "true", ".");
        Assert.Throws<DistributedApplicationException>(() => tool.WaitFor(tool));
        var database = builder.AddPostgres("postgres").AddDatabase("db");
        tool.WaitFor(database);
        Assert.Contains(tool.Resource.Annotations.OfType<WaitAnnotation>(), w => w.Resource.Name == "postgres");
    }

    [Fact]
    public void A_publisher_on_the_command_line_means_publish_mode()
    {
        using var run = Models.Empty();
        using var publish = Models.Empty("--publisher", "manifest");
        using var operation = Models.Empty("--operation", "publish");
        Assert.True(run.ExecutionContext.IsRunMode);
        Assert.True(publish.ExecutionContext.IsPublishMode);
        Assert.True(operation.ExecutionContext.IsPublishMode);
    }
}
