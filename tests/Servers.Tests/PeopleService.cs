using Chat.Access;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Chat.Servers.Tests;

/// <summary>Questions about people, as another service asks them.</summary>
internal sealed class PeopleService : IAsyncDisposable
{
    private readonly WebApplication _app;

    /// <param name="servers">Where servers is; null: where it runs.</param>
    public PeopleService(Deployment deployment, string? servers = null)
    {
        var builder = WebApplication.CreateBuilder();
        builder.Configuration.AddInMemoryCollection(deployment.Settings);
        if (servers is not null)
        {
            builder.Configuration.AddInMemoryCollection(deployment.Replicas.Select((_, index) => KeyValuePair.Create<string, string?>($"services:servers:http:{index}", servers)));
        }

        builder.AddServiceDefaults();
        builder.AddUserChannels();
        builder.AddSharedServers();
        _app = builder.Build();
    }

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public ValueTask<IReadOnlyList<UserServer>> ChannelsAsync(Guid user, Guid? server = null) => _app.Services.GetRequiredService<IUserChannels>().OfAsync(user, server, Cancellation);

    public ValueTask<IReadOnlySet<Guid>> SharedAsync(Guid user, params Guid[] others) => _app.Services.GetRequiredService<ISharedServers>().WithAsync(user, others, Cancellation);

    public ValueTask DisposeAsync() => _app.DisposeAsync();
}
