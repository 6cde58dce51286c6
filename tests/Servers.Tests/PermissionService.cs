using Chat.Access;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using StackExchange.Redis;

namespace Chat.Servers.Tests;

/// <summary>Permissions, as another service reads them.</summary>
internal sealed class PermissionService : IAsyncDisposable
{
    private readonly WebApplication _app;

    private PermissionService(WebApplication app) => _app = app;

    public IChannelPermissions Permissions => _app.Services.GetRequiredService<IChannelPermissions>();

    /// <summary>Its own connection.</summary>
    public IConnectionMultiplexer Redis => _app.Services.GetRequiredService<IConnectionMultiplexer>();

    /// <summary>Starts it, and returns when it has found Redis.</summary>
    /// <param name="settings">Of the deployment.</param>
    /// <param name="redis">Another way to Redis, which is waited for as in production; null: the deployment's, with patience.</param>
    public static async Task<PermissionService> StartAsync(IReadOnlyDictionary<string, string?> settings, string? redis = null)
    {
        var builder = WebApplication.CreateBuilder();
        builder.Configuration.AddInMemoryCollection(settings);
        if (redis is not null)
        {
            builder.Configuration["ConnectionStrings:redis"] = redis;
        }

        builder.AddServiceDefaults();
        builder.AddRedisClient("redis");
        builder.AddChannelPermissions();
        if (redis is null)
        {
            PatientRedis.AddReaders(builder.Services);
        }

        var service = new PermissionService(builder.Build());
        await Eventually.HoldsAsync("a reader's Redis", () => Task.FromResult(service.Redis.IsConnected));
        return service;
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();
}
