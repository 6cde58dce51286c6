using Chat.Messaging.Messages;

namespace Chat.Messaging.Conversations;

/// <summary>Agrees to a request to talk for somebody who answers it by writing.</summary>
internal sealed class SilentAgreement(IServiceScopeFactory scopes)
{
    public async Task GiveAsync(Guid conversation, Author author, CancellationToken cancellationToken)
    {
        // A transaction of its own, apart from whatever the send takes part in.
        await using var scope = scopes.CreateAsyncScope();
        await scope.ServiceProvider.GetRequiredService<MessageRequests>().AcceptAsync(conversation, author, cancellationToken);
    }
}
