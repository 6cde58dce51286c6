using Chat.Messaging.Data;
using Chat.Messaging.Messages;
using Microsoft.EntityFrameworkCore;

namespace Chat.Messaging.Conversations;

/// <summary>
/// What becomes of the groups of an erased account: it stays in them, shown as a deleted user, and what it owned passes to who has been in it longest; where nobody is left who could,
/// the group ends. Every group of theirs is looked at under its lock, for they may become an owner a moment before. May be run again after any failure.
/// </summary>
internal sealed class ConversationErasure(MessagingDbContext db, ConversationActs acts)
{
    /// <param name="user">Erased in <c>authors</c> already.</param>
    public async Task RunAsync(Guid user, CancellationToken cancellationToken)
    {
        var groups = await db.ConversationMembers.Where(member => member.User == user)
            .Join(db.Conversations, member => member.Conversation, row => row.Id, (_, row) => row)
            .Where(row => row.Low == null).Select(row => row.Id).ToListAsync(cancellationToken);
        foreach (var group in groups)
        {
            await acts.RunAsync(
                group,
                new Author(user, Author.DeletedUsername, Author.DeletedDisplayName, Deleted: true),
                new ActNeeds(TakesRights: true),
                async (act, ct) =>
                {
                    await act.PassOnAsync(user, ct);
                    return null;
                },
                cancellationToken);
        }
    }
}
