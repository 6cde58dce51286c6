using Chat.Access;
using Chat.Servers.Access;
using Microsoft.Extensions.DependencyInjection;
using StackExchange.Redis;

namespace Chat.Servers.Tests;

/// <summary>
/// The read model with a minute for each call of Redis. In production half a second is enough, and whoever waits longer asks servers or leaves it to the repair; on a machine that stands still
/// for seconds tests of what Redis holds would then be about something else.
/// </summary>
internal static class PatientRedis
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(1);

    public static PermissionModelReader Reader(IConnectionMultiplexer redis, TimeProvider? time = null) => new(redis, time ?? TimeProvider.System) { Limit = Limit };

    public static AudienceReader Audiences(IConnectionMultiplexer redis) => new(redis, TimeProvider.System) { Limit = Limit };

    /// <param name="gapWaits">What a delta waits for those before it; null: as in production.</param>
    public static PermissionModelWriter Writer(IConnectionMultiplexer redis, IEnumerable<TimeSpan>? gapWaits = null) =>
        gapWaits is null ? new(redis) { Limit = Limit } : new(redis) { Limit = Limit, GapWaits = [.. gapWaits] };

    /// <summary>For servers, which write it.</summary>
    public static void AddWriter(IServiceCollection services) => services.AddSingleton(provider => Writer(provider.GetRequiredService<IConnectionMultiplexer>()));

    /// <summary>For those who read it.</summary>
    public static void AddReaders(IServiceCollection services)
    {
        services.AddSingleton(provider => Reader(provider.GetRequiredService<IConnectionMultiplexer>()));
        services.AddSingleton(provider => Audiences(provider.GetRequiredService<IConnectionMultiplexer>()));
    }
}
