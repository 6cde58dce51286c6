using Chat.ServiceDefaults.Errors;

namespace MassTransit;

/// <summary>What a consumer does while a store is away.</summary>
public static class StoreRetryExtensions
{
    /// <summary>
    /// Tries an event again for as long as a store or a service it needs does not answer (some eight hours); meanwhile the queue holds the rest. Other failures are
    /// defects: the event goes to the queue's <c>_error</c> companion at once.
    /// </summary>
    public static void UseStoreRetry(this IReceiveEndpointConfigurator endpoint) => endpoint.UseMessageRetry(retry =>
    {
        // By a filter: queries through EF fail with the driver's exception inside another, and Handle<NpgsqlException> looks at the outermost only.
        retry.Handle<Exception>(StoreTrouble.Passes);
        retry.Exponential(1000, TimeSpan.FromMilliseconds(200), TimeSpan.FromSeconds(30), TimeSpan.FromSeconds(1));
    });
}
