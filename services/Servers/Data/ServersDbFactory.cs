using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Design;

namespace Chat.Servers.Data;

/// <summary>Lets <c>dotnet ef migrations add</c> see the model without a store.</summary>
internal sealed class ServersDbFactory : IDesignTimeDbContextFactory<ServersDb>
{
    public ServersDb CreateDbContext(string[] args) => new(new DbContextOptionsBuilder<ServersDb>().UseNpgsql("Host=design-time").Options);
}
