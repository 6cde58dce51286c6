using Chat.Access;
using Microsoft.Extensions.DependencyInjection;

namespace Microsoft.Extensions.Hosting;

/// <summary>Registers the permission lookup.</summary>
public static class ChannelPermissionsExtensions
{
    /// <summary>Registers <see cref="IChannelPermissions"/>. Needs <c>AddServiceDefaults()</c> and <c>AddRedisClient("redis")</c>; finds servers by discovery under that name.</summary>
    public static void AddChannelPermissions(this IHostApplicationBuilder builder)
    {
        builder.AddInternalClient<ServersClient>("servers");
        builder.Services.AddSingleton<PermissionModelReader>();
        builder.Services.AddSingleton<AudienceReader>();
        builder.Services.AddSingleton<ChannelPermissionsMetrics>();
        builder.Services.AddSingleton<IChannelPermissions, ChannelPermissions>();
    }
}
