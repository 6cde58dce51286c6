using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Chat.Messaging.Messages;

/// <summary>What an author was called when they last sent something.</summary>
internal sealed class AuthorRow
{
    public Guid Id { get; init; }

    public required string Username { get; init; }

    public required string DisplayName { get; init; }
}

internal sealed class AuthorRowConfiguration : IEntityTypeConfiguration<AuthorRow>
{
    public void Configure(EntityTypeBuilder<AuthorRow> builder)
    {
        builder.ToTable("authors");
        builder.HasKey(author => author.Id).HasName("pk_authors");
        builder.Property(author => author.Id).HasColumnName("id").ValueGeneratedNever();
        builder.Property(author => author.Username).HasColumnName("username");
        builder.Property(author => author.DisplayName).HasColumnName("display_name");
    }
}
