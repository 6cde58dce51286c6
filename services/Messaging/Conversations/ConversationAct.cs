using Chat.Contracts;
using Chat.Messaging.Acting;
using Chat.Messaging.Changes;
using Chat.Messaging.Data;
using Chat.Messaging.Messages;
using Chat.ServiceDefaults;
using Chat.ServiceDefaults.Events;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;

namespace Chat.Messaging.Conversations;

/// <summary>What a change of a conversation works with: everything of it, under its channel's lock, and who changes it.</summary>
internal sealed class ConversationAct(MessagingDbContext db, LockedChannel channel, ConversationRow row, List<ConversationMemberRow> members, Author actor)
{
    /// <summary>The most people in a group.</summary>
    public const int MaxMembers = 25;

    private readonly List<ConversationMemberRow> _members = members;

    public LockedChannel Channel => channel;

    /// <summary>Tracked: what is set is saved.</summary>
    public ConversationRow Row => row;

    public Author Actor => actor;

    /// <summary>In the order in which they came. Tracked.</summary>
    public IReadOnlyList<ConversationMemberRow> Members => _members;

    public bool IsGroup => channel.Kind == ChannelKind.Group;

    /// <summary>Who is told what the conversation is now.</summary>
    public HashSet<Guid> Told { get; } = [];

    /// <summary>Who is told that it is theirs no more.</summary>
    public HashSet<Guid> Gone { get; } = [];

    /// <summary>Whose rights were taken away.</summary>
    public HashSet<Guid> Losers { get; } = [];

    /// <summary>Whether nobody is left, and with them goes all that was said.</summary>
    public bool Ended { get; private set; }

    public ConversationMemberRow? Find(Guid user) => _members.Find(member => member.User == user);

    /// <summary>Has everybody in it told what it is now.</summary>
    public void TellAll() => Told.UnionWith(_members.Select(member => member.User));

    /// <summary>Adds somebody, and says so in the conversation.</summary>
    public void Add(Guid user)
    {
        channel.Append(MessageKind.MemberAdded, actor, new SystemNote(user));
        var member = new ConversationMemberRow { Conversation = row.Id, User = user, JoinedAt = channel.Now, JoinedRev = channel.Rev };
        db.ConversationMembers.Add(member);
        _members.Add(member);
        TellAll();
    }

    /// <summary>Takes somebody out, whether they go or are put out, and says so in the conversation. What they were owner of goes to who has been in it longest.</summary>
    public async Task RemoveAsync(ConversationMemberRow member, CancellationToken cancellationToken)
    {
        db.ConversationMembers.Remove(member);
        _members.Remove(member);
        Losers.Add(member.User);
        Gone.Add(member.User);
        if (member.User == actor.Id)
            channel.Append(MessageKind.MemberLeft, actor, new SystemNote(member.User));
        else
            channel.Append(MessageKind.MemberRemoved, actor, new SystemNote(member.User));
        await PassOnAsync(member.User, cancellationToken);
        TellAll();
    }

    /// <summary>Takes the ownership from somebody who cannot keep it. Where nobody who was not erased is left, the group ends.</summary>
    public async Task PassOnAsync(Guid from, CancellationToken cancellationToken)
    {
        Guid[] left = [.. _members.Select(member => member.User).Where(user => user != from)];
        var erased = await db.Authors.Where(author => left.Contains(author.Id) && author.Deleted).Select(author => author.Id).ToListAsync(cancellationToken);
        Guid[] heirs = [.. left.Except(erased)];
        if (heirs.Length == 0)
            End();
        else if (row.Owner == from)
            Own(heirs[0]);
    }

    /// <summary>Makes somebody the owner, and says so in the conversation.</summary>
    public void Own(Guid user)
    {
        row.Owner = user;
        channel.Append(MessageKind.OwnerChanged, actor, new SystemNote(user));
        TellAll();
    }

    private void End()
    {
        Ended = true;
        Losers.UnionWith(_members.Select(member => member.User));
        Gone.UnionWith(_members.Select(member => member.User));
        db.ConversationMembers.RemoveRange(_members);
        db.Conversations.Remove(row);
        _members.Clear();
        Told.Clear();
        db.Add(OutboxMessage.From(new ConversationDeleted { Conversation = row.Id, At = channel.Now }, row.Id.ToString()));
    }

    /// <summary>409: it takes a group.</summary>
    public static ProblemHttpResult NotAGroup() => Problems.Conflict("not_a_group", "This can be done with groups only, not with the conversation of two people.");

    /// <summary>409: it takes a conversation of two.</summary>
    public static ProblemHttpResult NotDirect() => Problems.Conflict("not_direct", "This can be done with the conversation of two people only. Groups are left.");

    /// <summary>409.</summary>
    public static ProblemHttpResult Closed() => Problems.Conflict("conversation_closed", "The group is closed. Its owner can open it again.");
}
