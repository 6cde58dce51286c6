using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Chat.Messaging.Conversations;

/// <summary>A conversation of two or several people, besides its row in <c>channels</c>, which has the same id, and whose lock guards this row and its members.</summary>
internal sealed class ConversationRow
{
    public Guid Id { get; init; }

    /// <summary>Of two: the lower of their ids; null in a group. The pair is unique: two people have one conversation.</summary>
    public Guid? Low { get; init; }

    /// <summary>Of two: the higher of their ids.</summary>
    public Guid? High { get; init; }

    /// <summary>A group's; null: it is called after its members.</summary>
    public string? Name { get; set; }

    /// <summary>A group's: the id of a file.</summary>
    public Guid? Icon { get; set; }

    /// <summary>A group's.</summary>
    public Guid? Owner { get; set; }

    /// <summary>Since when nobody writes in the group; null: it is open.</summary>
    public DateTimeOffset? ClosedAt { get; set; }

    /// <summary>Of two: who asked to talk, as long as the other has not agreed; null: nobody needs to.</summary>
    public Guid? RequestedBy { get; set; }

    /// <summary>Of two: when the request was turned down; who asked cannot write since.</summary>
    public DateTimeOffset? DeclinedAt { get; set; }

    public DateTimeOffset CreatedAt { get; init; }
}

/// <summary>Somebody in a conversation. Of two, both stay in it for good.</summary>
internal sealed class ConversationMemberRow
{
    public Guid Conversation { get; init; }

    public Guid User { get; init; }

    public DateTimeOffset JoinedAt { get; init; }

    /// <summary>The channel's revision with which they came in: what was before is not unread to them.</summary>
    public long JoinedRev { get; init; }

    /// <summary>Not listed for them until something is said after this revision; null: it is.</summary>
    public long? HiddenAt { get; set; }
}

internal sealed class ConversationRowConfiguration : IEntityTypeConfiguration<ConversationRow>, IEntityTypeConfiguration<ConversationMemberRow>
{
    public void Configure(EntityTypeBuilder<ConversationRow> builder)
    {
        builder.ToTable("conversations");
        builder.HasKey(conversation => conversation.Id).HasName("pk_conversations");
        builder.Property(conversation => conversation.Id).HasColumnName("id").ValueGeneratedNever();
        builder.Property(conversation => conversation.Low).HasColumnName("low");
        builder.Property(conversation => conversation.High).HasColumnName("high");
        builder.Property(conversation => conversation.Name).HasColumnName("name").HasMaxLength(100);
        builder.Property(conversation => conversation.Icon).HasColumnName("icon");
        builder.Property(conversation => conversation.Owner).HasColumnName("owner");
        builder.Property(conversation => conversation.ClosedAt).HasColumnName("closed_at");
        builder.Property(conversation => conversation.RequestedBy).HasColumnName("requested_by");
        builder.Property(conversation => conversation.DeclinedAt).HasColumnName("declined_at");
        builder.Property(conversation => conversation.CreatedAt).HasColumnName("created_at");
        builder.HasIndex(conversation => new { conversation.Low, conversation.High }).IsUnique().HasFilter("low is not null").HasDatabaseName("ix_conversations_pair");
    }

    public void Configure(EntityTypeBuilder<ConversationMemberRow> builder)
    {
        builder.ToTable("conversation_members");
        builder.HasKey(member => new { member.Conversation, member.User }).HasName("pk_conversation_members");
        builder.Property(member => member.Conversation).HasColumnName("conversation");
        builder.Property(member => member.User).HasColumnName("user_id");
        builder.Property(member => member.JoinedAt).HasColumnName("joined_at");
        builder.Property(member => member.JoinedRev).HasColumnName("joined_rev");
        builder.Property(member => member.HiddenAt).HasColumnName("hidden_at");
        builder.HasIndex(member => new { member.User, member.Conversation }).HasDatabaseName("ix_conversation_members_user");
    }
}
