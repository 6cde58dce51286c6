using System.Net.Http.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Chat.ServiceDefaults.Tokens;

/// <summary>
/// Asks identity whether a session's person has shown credentials within the last minutes (<c>GET /internal/sessions/{id}/proof</c>). Identity holds the rule, so that
/// every service demands the same; what is no browser's session, a token for instance, cannot prove anything.
/// </summary>
public sealed class RecentProof(HttpClient identity)
{
    /// <summary>Null when the proof is fresh, else 403 <c>proof_required</c> with the ways to give it, as identity's own routes answer.</summary>
    /// <exception cref="ServiceUnavailableException">Identity does not answer.</exception>
    public async Task<ProblemHttpResult?> RequireAsync(Caller caller, CancellationToken cancellationToken)
    {
        try
        {
            var answer = await identity.GetFromJsonAsync<Answer>(new Uri($"/internal/sessions/{caller.Session:D}/proof", UriKind.Relative), Json.JsonDefaults.Options, cancellationToken);
            return answer is { ProvedUntil: not null, User: { } user } && user == caller.Id
                ? null
                : Problems.Create(
                    StatusCodes.Status403Forbidden, "proof_required", "Prove again that it is you, by POST /api/v1/auth/proof.", ("methods", answer?.Methods ?? []));
        }
        catch (Exception exception) when (exception is HttpRequestException or TimeoutException)
        {
            throw new ServiceUnavailableException("identity_unavailable", "The proof cannot be checked: identity does not answer.", exception);
        }
    }

    private sealed record Answer(Guid? User = null, DateTimeOffset? ProvedUntil = null, IReadOnlyList<string>? Methods = null);
}
