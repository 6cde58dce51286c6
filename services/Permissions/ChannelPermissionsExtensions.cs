using Chat.Access;
using Microsoft.Extensions.DependencyInjection;

namespace Microsoft.Extensions.Hosting;

/// <summary>Registers the permission lookup.</summary>
public static class ChannelPermissionsExtensions
{
    /// <summary>
    /// Registers <see cref="IChannelPermissions"/> for channels of all kinds. Needs <c>AddServiceDefaults()</c> and <c>AddRedisClient("redis")</c>; finds servers and messaging by
    /// discovery under those names.
    /// </summary>
    public static void AddChannelPermissions(this IHostApplicationBuilder builder)
    {
        builder.AddInternalClient<ConversationsClient>("messaging");
        builder.AddServerChannelPermissions();
        builder.Services.AddSingleton<IChannelPermissions>(services => services.GetRequiredService<ChannelPermissions>());
    }

    /// <summary>Registers <see cref="ChannelPermissions"/>, for the channels of servers alone unless conversations can be asked too. Needs the same, without messaging.</summary>
    internal static void AddServerChannelPermissions(this IHostApplicationBuilder builder)
    {
        builder.AddInternalClient<ServersClient>("servers");
        builder.Services.AddSingleton<PermissionModelReader>();
        builder.Services.AddSingleton<AudienceReader>();
        builder.Services.AddSingleton<ChannelPermissionsMetrics>();
        builder.Services.AddSingleton<ChannelPermissions>();
    }
}
