using Chat.Identity.Limits;
using Chat.Identity.Sessions;
using Microsoft.Extensions.Options;

namespace Chat.Identity.Accounts;

/// <summary>How many accounts may be registered from one client address; tries count, so that taken usernames cannot be listed quickly either.</summary>
internal sealed class RegistrationAttempts(Attempts attempts, IOptions<AccountOptions> options)
{
    private readonly AttemptLimit _limit = new("registration", options.Value.RegistrationsPerAddress, TimeSpan.FromHours(1));

    /// <returns>How long to wait, or an attempt to take back.</returns>
    public Task<(TimeSpan? Wait, Attempt Attempt)> CountAsync(HttpContext http) => attempts.CountAsync([(_limit, ClientAddress.Subscriber(ClientAddress.Of(http)))]);
}
