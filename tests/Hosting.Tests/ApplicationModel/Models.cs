using Chat.Hosting.ApplicationModel;
using Chat.Hosting.Orchestration;
using Chat.Hosting.Testing;

namespace Chat.Hosting.Tests.ApplicationModel;

internal static class Models
{
    public static IDistributedApplicationTestingBuilder Empty(params string[] args) => DistributedApplicationTestingBuilder.Create(args);

    /// <summary>The environment a replica would be started with.</summary>
    public static async Task<Dictionary<string, string>> EnvironmentAsync(this IDistributedApplicationBuilder builder, IResource resource, int replica = 0, bool randomize = true)
    {
        Ports.Allocate(builder.Resources, randomize);
        return await new ExecutionConfiguration(builder.ExecutionContext).EnvironmentAsync(resource, replica, TestContext.Current.CancellationToken);
    }

    public static IResourceBuilder<ExecutableResource> AddShell(this IDistributedApplicationBuilder builder, string name, string script) =>
        builder.AddExecutable(name, "/bin/sh", Path.GetTempPath(), "-c", script);

    /// <summary>A program that stays until it is stopped.</summary>
    public static IResourceBuilder<ExecutableResource> AddIdle(this IDistributedApplicationBuilder builder, string name) => builder.AddShell(name, "trap 'exit 0' TERM; while :; do sleep 0.05; done");
}
