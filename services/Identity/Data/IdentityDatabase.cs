using Microsoft.AspNetCore.Identity;

namespace Chat.Identity.Data;

internal static class IdentityDatabase
{
    public static void AddIdentityDatabase(this IHostApplicationBuilder builder)
    {
        builder.Services.AddIdentitySchema();
        builder.AddNpgsqlDbContext<IdentityDb>("identitydb");
        builder.AddMigrations<IdentityDb>();
    }

    /// <summary>The base context reads its schema version from these options only, while it builds the model.</summary>
    public static IServiceCollection AddIdentitySchema(this IServiceCollection services) =>
        services.Configure<IdentityOptions>(options => options.Stores.SchemaVersion = IdentitySchemaVersions.Version3);
}
