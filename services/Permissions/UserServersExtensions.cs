using Chat.Access;
using Microsoft.Extensions.DependencyInjection;

namespace Microsoft.Extensions.Hosting;

/// <summary>Registers questions to servers about people. Needs <c>AddServiceDefaults()</c>; finds servers by discovery under that name.</summary>
public static class UserServersExtensions
{
    /// <summary>Registers <see cref="IUserChannels"/>.</summary>
    public static void AddUserChannels(this IHostApplicationBuilder builder)
    {
        builder.AddUserServersClient();
        builder.Services.AddTransient<IUserChannels>(services => services.GetRequiredService<UserServersClient>());
    }

    /// <summary>Registers <see cref="ISharedServers"/>.</summary>
    public static void AddSharedServers(this IHostApplicationBuilder builder)
    {
        builder.AddUserServersClient();
        builder.Services.AddTransient<ISharedServers>(services => services.GetRequiredService<UserServersClient>());
    }

    private static void AddUserServersClient(this IHostApplicationBuilder builder)
    {
        // Both interfaces are of one client, which must not sign its requests twice.
        if (!builder.Services.Any(service => service.ServiceType == typeof(UserServersClient)))
        {
            builder.AddInternalClient<UserServersClient>("servers");
        }
    }
}
