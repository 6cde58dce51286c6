using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Chat.Presence.People;

/// <summary>
/// What others see of a user, as identity told it last. Its row is also the lock under which everything between this person and others is changed: see
/// <see cref="Pairs.PairLock"/>.
/// </summary>
internal sealed class Profile
{
    /// <summary>The user name of everybody who was erased.</summary>
    public const string DeletedUsername = "deleted";

    /// <summary>The display name of everybody who was erased.</summary>
    public const string DeletedDisplayName = "Deleted user";

    public Guid Id { get; init; }

    public required string Username { get; init; }

    public required string DisplayName { get; init; }

    /// <summary>The time of the event it comes from; the oldest possible when it was asked for or comes from a token, so that any event is newer.</summary>
    public DateTimeOffset UpdatedAt { get; init; }

    /// <summary>The account was erased: the row never changes again, and nobody has anything to do with its user any more.</summary>
    public bool Deleted { get; init; }
}

internal sealed class ProfileConfiguration : IEntityTypeConfiguration<Profile>
{
    public void Configure(EntityTypeBuilder<Profile> builder)
    {
        builder.ToTable("profiles");
        builder.HasKey(profile => profile.Id).HasName("pk_profiles");
        builder.Property(profile => profile.Id).HasColumnName("id").ValueGeneratedNever();
        builder.Property(profile => profile.Username).HasColumnName("username");
        builder.Property(profile => profile.DisplayName).HasColumnName("display_name");
        builder.Property(profile => profile.UpdatedAt).HasColumnName("updated_at").HasDefaultValueSql("'epoch'");
        builder.Property(profile => profile.Deleted).HasColumnName("deleted").HasDefaultValue(false);
    }
}
