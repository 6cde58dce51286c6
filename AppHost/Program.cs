var builder = DistributedApplication.CreateBuilder(args);

// Signs the calls between services; generated once, the same at every run.
var serviceKey = builder.AddParameter("service-key", new GenerateParameterDefault { MinLength = 48, Special = false }, secret: true, persist: true);

// Encrypts, in identity's database, the keys that protect the signing keys.
var dataProtectionKey = builder.AddParameter("data-protection-key", new GenerateParameterDefault { MinLength = 48, Special = false }, secret: true, persist: true);

var postgres = builder.AddPostgres("postgres").WithDataVolume();
var identitydb = postgres.AddDatabase("identitydb");
var serversdb = postgres.AddDatabase("serversdb");
var messagingdb = postgres.AddDatabase("messagingdb");
var presencedb = postgres.AddDatabase("presencedb");

// No volume: everything in Redis can be rebuilt.
var redis = builder.AddRedis("redis");
var rabbitmq = builder.AddRabbitMQ("rabbitmq").WithDataVolume();

var identity = builder.AddProject<Projects.Chat_Identity>("identity")
    .WithHttpEndpoint()
    .WithHttpHealthCheck("/health")
    .WithEnvironment("DataProtection__Key", dataProtectionKey)
    .WithReference(identitydb).WaitFor(identitydb)
    .WithReference(redis).WaitFor(redis)
    .WithReference(rabbitmq).WaitFor(rabbitmq);

var servers = builder.AddProject<Projects.Chat_Servers>("servers")
    .WithHttpEndpoint()
    .WithHttpHealthCheck("/health")
    .WithReference(serversdb).WaitFor(serversdb)
    .WithReference(redis).WaitFor(redis)
    .WithReference(rabbitmq).WaitFor(rabbitmq)
    .WithReference(identity).WaitFor(identity);

var messaging = builder.AddProject<Projects.Chat_Messaging>("messaging")
    .WithHttpEndpoint()
    .WithHttpHealthCheck("/health")
    .WithReference(messagingdb).WaitFor(messagingdb)
    .WithReference(redis).WaitFor(redis)
    .WithReference(rabbitmq).WaitFor(rabbitmq)
    .WithReference(identity).WaitFor(identity)
    .WithReference(servers).WaitFor(servers);

// Servers has messaging refuse what was allowed before a loss of rights. Nothing of that happens before both run.
servers.WithReference(messaging);

var presence = builder.AddProject<Projects.Chat_Presence>("presence")
    .WithHttpEndpoint()
    .WithHttpHealthCheck("/health")
    .WithReference(presencedb).WaitFor(presencedb)
    .WithReference(redis).WaitFor(redis)
    .WithReference(rabbitmq).WaitFor(rabbitmq)
    .WithReference(identity).WaitFor(identity)
    .WithReference(messaging).WaitFor(messaging);

// Identity asks them for what they have of a person who exports their account. It does not wait for them: they wait for it.
identity.WithReference(servers).WithReference(messaging).WithReference(presence);

var realtime = builder.AddProject<Projects.Chat_Realtime>("realtime")
    .WithHttpEndpoint()
    .WithHttpHealthCheck("/health")
    .WithReference(redis).WaitFor(redis)
    .WithReference(rabbitmq).WaitFor(rabbitmq)
    .WithReference(identity).WaitFor(identity)
    .WithReference(servers).WaitFor(servers)
    .WithReference(messaging).WaitFor(messaging);

var gateway = builder.AddProject<Projects.Chat_Gateway>("gateway")
    .WithHttpEndpoint(port: 8080)
    .WithExternalHttpEndpoints()
    .WithHttpHealthCheck("/health")
    .WithReference(rabbitmq).WaitFor(rabbitmq)
    .WithReference(identity).WaitFor(identity)
    .WithReference(servers).WaitFor(servers)
    .WithReference(messaging).WaitFor(messaging)
    .WithReference(presence).WaitFor(presence)
    .WithReference(realtime).WaitFor(realtime);

// The gateway's public address is the issuer of every token.
foreach (var service in (IResourceBuilder<ProjectResource>[])[identity, servers, messaging, presence, realtime, gateway])
{
    service
        .WithEnvironment("ServiceKey", serviceKey)
        .WithEnvironment("Auth__Issuer", gateway.GetEndpoint("http"));
}

builder.Build().Run();
