using Chat.Servers.Servers;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Chat.Servers.Channels;

/// <summary>A heading under which channels stand. It has no rights of its own: those are the channels'.</summary>
internal sealed class Category
{
    public const int MaxNameLength = 100;

    /// <summary>The most categories a server may have.</summary>
    public const int MaxPerServer = 50;

    public Guid Id { get; init; }

    public Guid Server { get; init; }

    public required string Name { get; set; }

    /// <summary>Place in the list; equal positions are ordered by id. Channels without a category stand before all of them.</summary>
    public int Position { get; set; }
}

internal sealed class CategoryConfiguration : IEntityTypeConfiguration<Category>
{
    public void Configure(EntityTypeBuilder<Category> builder)
    {
        builder.ToTable("categories");
        builder.HasKey(category => category.Id);
        builder.Property(category => category.Id).HasColumnName("id").ValueGeneratedNever();
        builder.Property(category => category.Server).HasColumnName("server_id");
        builder.Property(category => category.Name).HasColumnName("name").HasMaxLength(Category.MaxNameLength);
        builder.Property(category => category.Position).HasColumnName("position");
        builder.HasOne<Server>().WithMany().HasForeignKey(category => category.Server).OnDelete(DeleteBehavior.Cascade);
        builder.HasIndex(category => new { category.Server, category.Position, category.Id }).HasDatabaseName("ix_categories_server_position");
    }
}
