using Chat.Identity.Limits;
using Chat.Identity.Sessions;
using Chat.ServiceDefaults;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Extensions.Options;

namespace Chat.Identity.TwoFactor;

/// <summary>
/// How often somebody may be wrong about a code (<see cref="TwoFactorOptions"/>). The password was right: these are counters of their own, those of a known device again by
/// themselves.
/// </summary>
internal sealed class CodeAttempts(Attempts attempts, KnownDevice devices, IOptions<TwoFactorOptions> options)
{
    private readonly AttemptLimit _minute = new("code", options.Value.WrongCodesPerMinute, TimeSpan.FromMinutes(1));
    private readonly AttemptLimit _hour = new("code:hour", options.Value.WrongCodesPerHour, TimeSpan.FromHours(1));

    /// <summary>Counts an attempt before it is made; a right one is to be taken back.</summary>
    public async Task<(ProblemHttpResult? Refusal, Attempt Attempt)> CountAsync(HttpContext http, Guid account)
    {
        var key = devices.Find(http.Request, account) is { } device ? $"{account}\n{device}" : account.ToString();
        var (wait, attempt) = await attempts.CountAsync([(_minute, key), (_hour, key)]);
        return (wait is null ? null : Problems.TooMany("too_many_attempts", "Too many wrong codes. Try again later.", wait.Value), attempt);
    }
}
