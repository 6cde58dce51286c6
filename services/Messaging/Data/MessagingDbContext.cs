using Chat.Messaging.Changes;
using Chat.Messaging.Conversations;
using Chat.Messaging.Drafts;
using Chat.Messaging.Editing;
using Chat.Messaging.Fences;
using Chat.Messaging.Mentioning;
using Chat.Messaging.Messages;
using Chat.Messaging.Polls;
using Chat.Messaging.Reactions;
using Chat.Messaging.ReadStates;
using Chat.Messaging.Relations;
using Chat.Messaging.Scheduling;
using Chat.Messaging.Search;
using Chat.Messaging.Threads;
using Microsoft.EntityFrameworkCore;

namespace Chat.Messaging.Data;

/// <summary>The schema and the reads of the messaging database. Messages are appended by <see cref="Writing.GroupCommit"/> alone.</summary>
internal sealed class MessagingDbContext(DbContextOptions<MessagingDbContext> options) : DbContext(options)
{
    public DbSet<ChannelRow> Channels => Set<ChannelRow>();

    public DbSet<Fence> Fences => Set<Fence>();

    public DbSet<MessageRow> Messages => Set<MessageRow>();

    public DbSet<AuthorRow> Authors => Set<AuthorRow>();

    public DbSet<MessageEditRow> MessageEdits => Set<MessageEditRow>();

    public DbSet<MentionRow> Mentions => Set<MentionRow>();

    public DbSet<ReactionRow> Reactions => Set<ReactionRow>();

    public DbSet<PollVoteRow> PollVotes => Set<PollVoteRow>();

    public DbSet<OpenPollRow> OpenPolls => Set<OpenPollRow>();

    public DbSet<ReadStateRow> ReadStates => Set<ReadStateRow>();

    public DbSet<ConversationRow> Conversations => Set<ConversationRow>();

    public DbSet<ConversationMemberRow> ConversationMembers => Set<ConversationMemberRow>();

    public DbSet<SearchRow> SearchRows => Set<SearchRow>();

    public DbSet<SearchProgress> SearchProgress => Set<SearchProgress>();

    public DbSet<Block> Blocks => Set<Block>();

    public DbSet<Friendship> Friendships => Set<Friendship>();

    public DbSet<ThreadRow> Threads => Set<ThreadRow>();

    public DbSet<ThreadMemberRow> ThreadMembers => Set<ThreadMemberRow>();

    public DbSet<ScheduledRow> Scheduled => Set<ScheduledRow>();

    public DbSet<DraftRow> Drafts => Set<DraftRow>();

    protected override void OnModelCreating(ModelBuilder modelBuilder)
    {
        modelBuilder.ApplyConfigurationsFromAssembly(typeof(MessagingDbContext).Assembly);
        modelBuilder.HasPostgresExtension("pg_trgm");
        modelBuilder.AddOutbox();
        modelBuilder.AddIdempotencyKeys();
    }
}
