namespace Chat.Servers.Changes;

internal static class ChangesRegistration
{
    /// <summary>What every change of a server goes through.</summary>
    public static void AddServerChanges(this IHostApplicationBuilder builder)
    {
        builder.AddInternalClient<SendFence>("messaging");
        builder.Services.AddScoped<ServerChanges>();
        builder.Services.AddScoped<ServerActs>();
        builder.Services.AddSingleton<SettledChanges>();
        builder.Services.AddHostedService(services => services.GetRequiredService<SettledChanges>());
    }
}
