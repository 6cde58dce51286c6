namespace Chat.Identity.Export;

internal static class ExportRegistration
{
    public static void AddExport(this IHostApplicationBuilder builder)
    {
        builder.Services.AddScoped<AccountDocuments>();
        builder.AddInternalClient<ServersExport>(ServersExport.Service);
        builder.AddInternalClient<PresenceExport>(PresenceExport.Service);
        builder.AddInternalClient<MessagingExport>(MessagingExport.Service);
    }
}
