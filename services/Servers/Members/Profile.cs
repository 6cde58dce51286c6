using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Chat.Servers.Members;

/// <summary>What others see of a user, as identity's events and tokens told it. Its row is also the lock under which a user's memberships are counted.</summary>
internal sealed class Profile
{
    /// <summary>The user name of everybody who was erased.</summary>
    public const string DeletedUsername = "deleted";

    /// <summary>The display name of everybody who was erased.</summary>
    public const string DeletedDisplayName = "Deleted user";

    public Guid Id { get; init; }

    public required string Username { get; set; }

    public required string DisplayName { get; set; }

    /// <summary>The time of the event it comes from; the oldest possible when it comes from a token, so that any event is newer.</summary>
    public DateTimeOffset UpdatedAt { get; set; }

    /// <summary>The account was erased: the row never changes again, and its user joins nothing any more.</summary>
    public bool Deleted { get; set; }
}

internal sealed class ProfileConfiguration : IEntityTypeConfiguration<Profile>
{
    public void Configure(EntityTypeBuilder<Profile> builder)
    {
        builder.ToTable("profiles");
        builder.HasKey(profile => profile.Id);
        builder.Property(profile => profile.Id).HasColumnName("id").ValueGeneratedNever();
        builder.Property(profile => profile.Username).HasColumnName("username");
        builder.Property(profile => profile.DisplayName).HasColumnName("display_name");
        builder.Property(profile => profile.UpdatedAt).HasColumnName("updated_at");
        builder.Property(profile => profile.Deleted).HasColumnName("deleted").HasDefaultValue(false);
    }
}
