using System.Globalization;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using NpgsqlTypes;

namespace Chat.Messaging.Search;

/// <summary>
/// What search knows of a message. Written by <see cref="SearchIndexer"/> from the channel's log, a moment after the message: keeping it in the transaction of a send would make each
/// send pay for four inverted indexes. What is shown comes from <c>messages</c>. System messages and deleted ones are not in it.
/// </summary>
internal sealed class SearchRow
{
    /// <summary>The message's id: over all channels it follows time.</summary>
    public Guid Id { get; init; }

    public Guid Channel { get; init; }

    public Guid Author { get; init; }

    /// <summary>The text and the words of a poll, by <see cref="Folding"/>.</summary>
    public required string Text { get; init; }

    /// <summary>Generated from <see cref="Text"/> by the configuration <c>simple</c>: words as they are, of no language.</summary>
    public NpgsqlTsVector? Words { get; private set; }

    /// <summary>See <see cref="SearchTraits"/>.</summary>
    public SearchTraits Traits { get; init; }

    /// <summary>Users whom it mentions; null: none.</summary>
    public Guid[]? Mentions { get; init; }
}

/// <summary>What a message has besides text. A set of flags, stored as a number.</summary>
[Flags]
internal enum SearchTraits
{
    None = 0,
    Link = 1,
    File = 2,
    Image = 4,
    Poll = 8,
    Pinned = 16,
}

/// <summary>Up to which revision a channel's log is indexed.</summary>
internal sealed class SearchProgress
{
    public Guid Channel { get; init; }

    public long Rev { get; init; }
}

internal sealed class SearchConfiguration : IEntityTypeConfiguration<SearchRow>, IEntityTypeConfiguration<SearchProgress>
{
    /// <summary>The condition of having a trait, as the index of it has it.</summary>
    public static string Has(string column, SearchTraits trait) => string.Create(CultureInfo.InvariantCulture, $"{column} & {(int)trait} <> 0");

    public void Configure(EntityTypeBuilder<SearchRow> builder)
    {
        builder.ToTable("message_search");
        builder.HasKey(row => row.Id).HasName("pk_message_search");
        builder.Property(row => row.Id).HasColumnName("id").ValueGeneratedNever();
        builder.Property(row => row.Channel).HasColumnName("channel");
        builder.Property(row => row.Author).HasColumnName("author");
        builder.Property(row => row.Text).HasColumnName("text");
        builder.Property(row => row.Words).HasColumnName("words").HasComputedColumnSql("to_tsvector('simple', text)", stored: true);
        builder.Property(row => row.Traits).HasColumnName("traits").HasDefaultValue(SearchTraits.None).HasSentinel(SearchTraits.None);
        builder.Property(row => row.Mentions).HasColumnName("mentions");
        builder.HasIndex(row => new { row.Channel, row.Id }).HasDatabaseName("ix_message_search_channel");
        builder.HasIndex(row => new { row.Author, row.Id }).HasDatabaseName("ix_message_search_author");
        builder.HasIndex(row => row.Words).HasMethod("gin").HasDatabaseName("ix_message_search_words");
        builder.HasIndex(row => row.Text).HasMethod("gin").HasOperators("gin_trgm_ops").HasDatabaseName("ix_message_search_parts");
        builder.HasIndex(row => row.Mentions).HasMethod("gin").HasFilter("mentions is not null").HasDatabaseName("ix_message_search_mentions");
        // Few messages have any: the newest that do. Each is named in the model, or indexes of the same column would be one.
        foreach (var trait in Enum.GetValues<SearchTraits>().Where(trait => trait != SearchTraits.None))
            builder.HasIndex(row => row.Id, $"ix_message_search_{trait.ToString().ToLowerInvariant()}").HasFilter(Has("traits", trait));
    }

    public void Configure(EntityTypeBuilder<SearchProgress> builder)
    {
        builder.ToTable("search_progress");
        builder.HasKey(progress => progress.Channel).HasName("pk_search_progress");
        builder.Property(progress => progress.Channel).HasColumnName("channel").ValueGeneratedNever();
        builder.Property(progress => progress.Rev).HasColumnName("rev");
    }
}
