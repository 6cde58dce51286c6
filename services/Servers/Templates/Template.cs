using Chat.Servers.Servers;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Chat.Servers.Templates;

/// <summary>A server's structure, kept to create others from. Whoever has the code may use it.</summary>
internal sealed class Template
{
    public const int MaxNameLength = 100;
    public const int MaxDescriptionLength = 200;

    /// <summary>The most templates a server may have.</summary>
    public const int MaxPerServer = 10;

    public required string Code { get; init; }

    /// <summary>The server it was made from.</summary>
    public Guid Server { get; init; }

    public required string Name { get; set; }

    public string? Description { get; set; }

    public Guid CreatedBy { get; init; }

    /// <summary>The structure, as JSON.</summary>
    public required string Structure { get; set; }

    /// <summary>How many servers were created from it.</summary>
    public int Uses { get; set; }

    public DateTimeOffset CreatedAt { get; init; }

    public DateTimeOffset UpdatedAt { get; set; }
}

internal sealed class TemplateConfiguration : IEntityTypeConfiguration<Template>
{
    public const int MaxCodeLength = 16;

    public void Configure(EntityTypeBuilder<Template> builder)
    {
        builder.ToTable("templates");
        builder.HasKey(template => template.Code);
        builder.Property(template => template.Code).HasColumnName("code").HasMaxLength(MaxCodeLength).UseCollation("C");
        builder.Property(template => template.Server).HasColumnName("server_id");
        builder.Property(template => template.Name).HasColumnName("name").HasMaxLength(Template.MaxNameLength);
        builder.Property(template => template.Description).HasColumnName("description").HasMaxLength(Template.MaxDescriptionLength);
        builder.Property(template => template.CreatedBy).HasColumnName("created_by");
        builder.Property(template => template.Structure).HasColumnName("structure").HasColumnType("jsonb");
        builder.Property(template => template.Uses).HasColumnName("uses");
        builder.Property(template => template.CreatedAt).HasColumnName("created_at");
        builder.Property(template => template.UpdatedAt).HasColumnName("updated_at");
        builder.HasOne<Server>().WithMany().HasForeignKey(template => template.Server).OnDelete(DeleteBehavior.Cascade);
        builder.HasIndex(template => new { template.Server, template.CreatedAt }).HasDatabaseName("ix_templates_server");
    }
}
