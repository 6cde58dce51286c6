using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Chat.Messaging.Messages;

/// <summary>
/// What an author is called, as of the newest event of identity. A send only fills in for an author of whom no event has come yet; see docs/decisions/0005-author-names.md.
/// </summary>
internal sealed class AuthorRow
{
    public Guid Id { get; init; }

    public required string Username { get; init; }

    public required string DisplayName { get; init; }

    /// <summary>The time of the event it comes from; the epoch when it comes from a token, so that any event is newer.</summary>
    public DateTimeOffset UpdatedAt { get; init; }

    /// <summary>The account was erased: the row never changes again.</summary>
    public bool Deleted { get; init; }
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
        builder.Property(author => author.UpdatedAt).HasColumnName("updated_at").HasDefaultValueSql("'epoch'");
        builder.Property(author => author.Deleted).HasColumnName("deleted").HasDefaultValue(false);
    }
}
