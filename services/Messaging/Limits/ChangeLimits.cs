using Microsoft.Extensions.Options;

namespace Chat.Messaging.Limits;

/// <summary>How fast one person may edit, delete, react, pin and vote, over all channels.</summary>
internal sealed class ChangeLimits(RateLimits limits, IOptions<LimitsOptions> options)
{
    /// <summary>Counts one change.</summary>
    /// <returns>Null when there is no limit.</returns>
    public async Task<LimitDecision?> TakeAsync(Guid person, CancellationToken cancellationToken)
    {
        if (options.Value is not { Enabled: true, Changes: { Quota: > 0 } changes })
            return null;
        return await limits.TakeAsync(new LimitRequest([new CountedRate("changes", $"limit:{{{person}}}:changes", changes.Quota, changes.Window)]), cancellationToken);
    }
}
