using System.Net;
using Chat.Identity.Limits;
using Microsoft.Extensions.Options;

namespace Chat.Identity.Sessions;

/// <summary>
/// Who may try how often to sign in (<see cref="SignInLimits"/>). From a browser that has signed in to the account before, only its own attempts count; from elsewhere those for
/// the account and address, for the address over all accounts, and for the account over all addresses. So nobody can keep an owner out of the devices they use.
/// </summary>
internal sealed class SignInAttempts(Attempts attempts, IOptions<SignInLimits> limits)
{
    private readonly AttemptLimit _byDevice = new("sign-in:device", limits.Value.PerDevice, TimeSpan.FromMinutes(1));
    private readonly AttemptLimit _byAccountAndAddress = new("sign-in", limits.Value.PerAccountAndAddress, TimeSpan.FromMinutes(1));
    private readonly AttemptLimit _byAddress = new("sign-in:address", limits.Value.PerAddress, TimeSpan.FromMinutes(1));
    private readonly AttemptLimit _byAccount = new("sign-in:account", limits.Value.PerAccount, TimeSpan.FromHours(1));

    /// <summary>Counts an attempt before it is made. A right one is taken back: only wrong ones stay.</summary>
    /// <param name="account">The account's id, or what was typed where there is none: both answer alike.</param>
    /// <param name="device">The known device it comes from, if it does.</param>
    /// <returns>Null with an attempt to take back, or how long to wait.</returns>
    public Task<(TimeSpan? Wait, Attempt Attempt)> CountAsync(string account, string? device, IPAddress? address)
    {
        var subscriber = ClientAddress.Subscriber(address);
        (AttemptLimit, string)[] counters = device is not null
            ? [(_byDevice, $"{account}\n{device}")]
            : [(_byAccountAndAddress, $"{account}\n{subscriber}"), (_byAddress, subscriber), (_byAccount, account)];
        return attempts.CountAsync(counters);
    }
}
