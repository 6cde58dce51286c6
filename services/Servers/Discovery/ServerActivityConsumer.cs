using Chat.Contracts;
using Chat.Servers.Data;
using MassTransit;
using Microsoft.EntityFrameworkCore;

namespace Chat.Servers.Discovery;

/// <summary>
/// Keeps <c>servers.activity</c> current. Not a change of the server: it raises no revision, and touches columns that no route writes, so neither loses what the other
/// does. An event that comes twice, or after a later one, changes nothing.
/// </summary>
internal sealed class ServerActivityConsumer(ServersDb db) : IConsumer<ServerActivityMeasured>
{
    public async Task Consume(ConsumeContext<ServerActivityMeasured> context)
    {
        var (server, changes, at) = (context.Message.Server, context.Message.Changes, context.Message.At.ToUniversalTime());
        if (changes < 1)
        {
            return;
        }

        // Until nothing else was added between reading and writing; each round that fails has seen a later measurement come in.
        var written = 0;
        while (written == 0)
        {
            var known = await db.Servers.Where(row => row.Id == server).Select(row => new { row.Activity, row.ActivityAt }).SingleOrDefaultAsync(context.CancellationToken);
            if (known is null || known.ActivityAt >= at)
            {
                return;
            }

            var activity = Activity.Add(known.Activity, changes, at);
            written = await db.Servers
                .Where(row => row.Id == server && row.ActivityAt == known.ActivityAt)
                .ExecuteUpdateAsync(update => update.SetProperty(row => row.Activity, activity).SetProperty(row => row.ActivityAt, at), context.CancellationToken);
        }
    }
}

internal sealed class ServerActivityConsumerDefinition : ConsumerDefinition<ServerActivityConsumer>
{
    public ServerActivityConsumerDefinition() => ConcurrentMessageLimit = 4;

    protected override void ConfigureConsumer(
        IReceiveEndpointConfigurator endpointConfigurator, IConsumerConfigurator<ServerActivityConsumer> consumerConfigurator, IRegistrationContext context) =>
        endpointConfigurator.UseStoreRetry();
}
