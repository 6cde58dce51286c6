using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Extensions.Options;

namespace Chat.Messaging.Limits;

/// <summary>How many people one person may ask to talk who do not know them.</summary>
internal sealed class RequestLimits(RateLimits limits, IOptions<LimitsOptions> options)
{
    /// <summary>Counts one request.</summary>
    /// <returns>429, or null: it may go on.</returns>
    public async Task<ProblemHttpResult?> TakeAsync(Guid person, CancellationToken cancellationToken)
    {
        if (options.Value is not { Enabled: true, Requests: { Quota: > 0 } requests })
            return null;
        return LimitAnswers.Refusal(
            await limits.TakeAsync(new LimitRequest([new CountedRate("requests", $"limit:{{{person}}}:requests", requests.Quota, requests.Window)]), cancellationToken));
    }
}
