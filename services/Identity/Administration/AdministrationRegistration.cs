namespace Chat.Identity.Administration;

internal static class AdministrationRegistration
{
    public static void AddAdministration(this IHostApplicationBuilder builder)
    {
        builder.Services.AddScoped<Administrators>();
        builder.Services.AddScoped<AuditLog>();
        builder.Services.AddScoped<UserSearch>();
        builder.Services.AddScoped<AdminActs>();
    }

    public static void MapAdministration(this IEndpointRouteBuilder routes)
    {
        var admin = routes.MapGroup("/admin").RequireAdmin();
        admin.MapAdminUsers();
        admin.MapAdminActs();
        admin.MapAuditLog();
    }
}
