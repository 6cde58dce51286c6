using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Design;

namespace Chat.Messaging.Data;

/// <summary>Lets <c>dotnet ef</c> read the model without starting the service; it never connects.</summary>
internal sealed class MessagingDbContextFactory : IDesignTimeDbContextFactory<MessagingDbContext>
{
    public MessagingDbContext CreateDbContext(string[] args) =>
        new(new DbContextOptionsBuilder<MessagingDbContext>().UseNpgsql("Host=localhost;Database=messagingdb").Options);
}
