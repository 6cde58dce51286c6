using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Design;

namespace Chat.Identity.Data;

/// <summary>Lets <c>dotnet ef</c> build the model without a running PostgreSQL.</summary>
internal sealed class IdentityDbDesign : IDesignTimeDbContextFactory<IdentityDb>
{
    public IdentityDb CreateDbContext(string[] args) => new(new DbContextOptionsBuilder<IdentityDb>()
        .UseNpgsql()
        .UseApplicationServiceProvider(new ServiceCollection().AddIdentitySchema().BuildServiceProvider())
        .Options);
}
