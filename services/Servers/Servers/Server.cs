using Chat.Servers.Roles;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using NpgsqlTypes;

namespace Chat.Servers.Servers;

/// <summary>A community. Its row is the lock under which every change of its structure happens.</summary>
internal sealed class Server
{
    public const int MinNameLength = 2;
    public const int MaxNameLength = 100;
    public const int MaxDescriptionLength = 1000;
    public const int MaxTags = 10;
    public const int MaxTagLength = 30;
    public const int MaxVanityLength = 32;

    /// <summary>The most servers a user may own or be in.</summary>
    public const int MaxPerUser = 100;

    public Guid Id { get; init; }

    public required string Name { get; set; }

    public string? Description { get; set; }

    /// <summary>A file; null: none.</summary>
    public Guid? Icon { get; set; }

    /// <summary>A file; null: none.</summary>
    public Guid? Banner { get; set; }

    /// <summary>Whether anybody may find and join it.</summary>
    public bool Public { get; set; }

    /// <summary>One of <see cref="ServerCategory"/>.</summary>
    public string Category { get; set; } = ServerCategory.Other;

    /// <summary>Lower case, without doubles, in the order given.</summary>
    public string[] Tags { get; set; } = [];

    /// <summary>The name in invite links, lower case, unique; only while public.</summary>
    public string? Vanity { get; set; }

    /// <summary>The code of the built-in role that newcomers get: <c>member</c> or <c>guest</c>.</summary>
    public string Newcomers { get; set; } = BuiltInRole.Member.Code;

    /// <summary>Since when it is read-only; null: it is not.</summary>
    public DateTimeOffset? ArchivedAt { get; set; }

    public Guid Owner { get; set; }

    /// <summary>1 at creation, raised by one with every change.</summary>
    public long Rev { get; set; }

    public int MemberCount { get; set; }

    /// <summary>How busy it is, comparable between servers without ever being updated for time that merely passes: see <c>Discovery/Activity</c>.</summary>
    public double Activity { get; set; }

    /// <summary>The last measurement that <see cref="Activity"/> includes.</summary>
    public DateTimeOffset? ActivityAt { get; set; }

    public DateTimeOffset CreatedAt { get; init; }

    /// <summary>Name, tags and description for the full-text search.</summary>
    public NpgsqlTsVector? Search { get; init; }
}

internal sealed class ServerConfiguration : IEntityTypeConfiguration<Server>
{
    public void Configure(EntityTypeBuilder<Server> builder)
    {
        builder.ToTable("servers");
        builder.HasKey(server => server.Id);
        builder.Property(server => server.Id).HasColumnName("id").ValueGeneratedNever();
        builder.Property(server => server.Name).HasColumnName("name").HasMaxLength(Server.MaxNameLength);
        builder.Property(server => server.Description).HasColumnName("description").HasMaxLength(Server.MaxDescriptionLength);
        builder.Property(server => server.Icon).HasColumnName("icon");
        builder.Property(server => server.Banner).HasColumnName("banner");
        builder.Property(server => server.Public).HasColumnName("public").HasDefaultValue(false);
        builder.Property(server => server.Category).HasColumnName("category").HasMaxLength(20).HasDefaultValue(ServerCategory.Other);
        builder.Property(server => server.Tags).HasColumnName("tags").HasDefaultValueSql("'{}'");
        builder.Property(server => server.Vanity).HasColumnName("vanity").HasMaxLength(Server.MaxVanityLength).UseCollation("C");
        builder.Property(server => server.Newcomers).HasColumnName("newcomers").HasMaxLength(20).HasDefaultValue(BuiltInRole.Member.Code);
        builder.Property(server => server.ArchivedAt).HasColumnName("archived_at");
        builder.Property(server => server.Owner).HasColumnName("owner_id");
        builder.Property(server => server.Rev).HasColumnName("rev");
        builder.Property(server => server.MemberCount).HasColumnName("member_count");
        builder.Property(server => server.Activity).HasColumnName("activity").HasDefaultValue(0d);
        builder.Property(server => server.ActivityAt).HasColumnName("activity_at");
        builder.Property(server => server.CreatedAt).HasColumnName("created_at");
        // immutable_text is array_to_string, declared immutable as a generated column demands; see the migration.
        builder.Property(server => server.Search).HasColumnName("search").HasComputedColumnSql(
            "setweight(to_tsvector('simple', name), 'A') || setweight(to_tsvector('simple', immutable_text(tags)), 'B') || setweight(to_tsvector('simple', coalesce(description, '')), 'C')",
            stored: true);
        builder.HasIndex(server => server.Vanity).IsUnique().HasDatabaseName("ix_servers_vanity");
        builder.HasIndex(server => new { server.MemberCount, server.Id }).IsDescending().HasFilter("public and archived_at is null").HasDatabaseName("ix_servers_public_members");
        builder.HasIndex(server => new { server.Category, server.MemberCount, server.Id }).IsDescending(false, true, true).HasFilter("public and archived_at is null").HasDatabaseName("ix_servers_public_category");
        builder.HasIndex(server => new { server.Activity, server.Id }).IsDescending().HasFilter("public and archived_at is null").HasDatabaseName("ix_servers_public_activity");
        builder.HasIndex(server => server.Search).HasMethod("gin").HasFilter("public and archived_at is null").HasDatabaseName("ix_servers_public_search");
        builder.HasIndex(server => server.Tags).HasMethod("gin").HasFilter("public and archived_at is null").HasDatabaseName("ix_servers_public_tags");
    }
}
