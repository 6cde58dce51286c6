using Chat.Contracts;
using MassTransit;

namespace Chat.Gateway.Sessions;

/// <summary>Every gateway hears of every session that ends. Missing it costs a refusal by the service instead of one by identity, never access.</summary>
internal sealed class SessionRevokedConsumer(SessionTokens tokens) : IConsumer<SessionRevoked>
{
    public Task Consume(ConsumeContext<SessionRevoked> context)
    {
        tokens.Evict(context.Message.Session);
        return Task.CompletedTask;
    }
}

/// <summary>A queue of this replica's own, which goes when the replica goes.</summary>
internal sealed class SessionRevokedConsumerDefinition : ConsumerDefinition<SessionRevokedConsumer>
{
    public SessionRevokedConsumerDefinition()
    {
        Endpoint(endpoint =>
        {
            endpoint.Name = "gateway-session-revoked";
            endpoint.InstanceId = $"-{Guid.NewGuid():N}";
            endpoint.Temporary = true;
        });
    }
}
