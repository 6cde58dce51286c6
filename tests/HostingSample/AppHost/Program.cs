var builder = DistributedApplication.CreateBuilder(args);

var greeting = builder.AddParameter("greeting", "hello");
var token = builder.AddParameter("token", new GenerateParameterDefault { MinLength = 32 }, secret: true, persist: true);

var port = int.Parse(builder.Configuration["echo-port"] ?? "18099", System.Globalization.CultureInfo.InvariantCulture);
var echo = builder.AddProject<Projects.Chat_HostingSample_Echo>("echo")
    .WithHttpEndpoint(port: port)
    .WithExternalHttpEndpoints()
    .WithHttpHealthCheck("/health")
    .WithEnvironment("GREETING", greeting)
    .WithEnvironment("TOKEN", token)
    .WithArgs("--first", "one");

builder.AddProject<Projects.Chat_HostingSample_Echo>("caller")
    .WithHttpEndpoint()
    .WithHttpHealthCheck("/health")
    .WithReference(echo).WaitFor(echo);

builder.Build().Run();
