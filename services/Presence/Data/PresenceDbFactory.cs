using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Design;

namespace Chat.Presence.Data;

/// <summary>Lets <c>dotnet ef</c> read the model without starting the service; it never connects.</summary>
internal sealed class PresenceDbFactory : IDesignTimeDbContextFactory<PresenceDb>
{
    public PresenceDb CreateDbContext(string[] args) => new(new DbContextOptionsBuilder<PresenceDb>().UseNpgsql("Host=localhost;Database=presencedb").Options);
}
