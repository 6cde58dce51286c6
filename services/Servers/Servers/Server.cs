using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Chat.Servers.Servers;

/// <summary>A community. Its row is the lock under which every change of its structure happens.</summary>
internal sealed class Server
{
    public const int MinNameLength = 2;
    public const int MaxNameLength = 100;

    /// <summary>The most servers a user may own or be in.</summary>
    public const int MaxPerUser = 100;

    public Guid Id { get; init; }

    public required string Name { get; set; }

    public Guid Owner { get; set; }

    /// <summary>1 at creation, raised by one with every change.</summary>
    public long Rev { get; set; }

    public int MemberCount { get; set; }

    public DateTimeOffset CreatedAt { get; init; }
}

internal sealed class ServerConfiguration : IEntityTypeConfiguration<Server>
{
    public void Configure(EntityTypeBuilder<Server> builder)
    {
        builder.ToTable("servers");
        builder.HasKey(server => server.Id);
        builder.Property(server => server.Id).HasColumnName("id").ValueGeneratedNever();
        builder.Property(server => server.Name).HasColumnName("name").HasMaxLength(Server.MaxNameLength);
        builder.Property(server => server.Owner).HasColumnName("owner_id");
        builder.Property(server => server.Rev).HasColumnName("rev");
        builder.Property(server => server.MemberCount).HasColumnName("member_count");
        builder.Property(server => server.CreatedAt).HasColumnName("created_at");
    }
}
