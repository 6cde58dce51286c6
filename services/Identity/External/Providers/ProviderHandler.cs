using System.Net.Http.Headers;
using System.Security.Claims;
using System.Text.Encodings.Web;
using System.Text.Json;
using Chat.Identity.Limits;
using Chat.Identity.Sessions;
using Chat.Identity.SigningKeys;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.OAuth;
using Microsoft.Extensions.Options;

namespace Chat.Identity.External.Providers;

/// <summary>
/// The framework's OAuth handler (state, correlation, PKCE), with redirect addresses of the public address instead of the request's, and with a provider's answers not believed
/// to be well-formed.
/// </summary>
internal sealed class ProviderHandler(
    IOptionsMonitor<ProviderOptions> options, ILoggerFactory logger, UrlEncoder encoder, TokenIssuer issuer, Attempts attempts, IOptions<ExternalOptions> external)
    : OAuthHandler<ProviderOptions>(options, logger, encoder)
{
    private const string ProfileParameter = "profile";
    private const int MaxTokenLength = 4096;

    private string RedirectUri => issuer.Page(Options.CallbackPath.ToString().TrimStart('/'));

    /// <summary>What <see cref="CreateTicketAsync"/> has found out.</summary>
    public static ExternalProfile Profile(AuthenticationProperties? properties) =>
        properties?.GetParameter<ExternalProfile>(ProfileParameter) ?? throw new InvalidOperationException("The ticket has no profile.");

    protected override string BuildChallengeUrl(AuthenticationProperties properties, string redirectUri) => base.BuildChallengeUrl(properties, RedirectUri);

    protected override async Task<OAuthTokenResponse> ExchangeCodeAsync(OAuthCodeExchangeContext context)
    {
        var properties = context.Properties;

        // A state may be used with any code: nobody is to make us ask a provider without end.
        var limit = new AttemptLimit("external", external.Value.PerAddress, TimeSpan.FromMinutes(1));
        if (await attempts.CountAsync(limit, ClientAddress.Subscriber(ClientAddress.Of(Context))) is not null)
            throw new ProviderException("too_many_attempts", "Too many from this address.") { Properties = properties };

        var tokens = await AskAsync(properties, () => base.ExchangeCodeAsync(new OAuthCodeExchangeContext(properties, context.Code, RedirectUri)));
        if (tokens.Error is null && tokens.AccessToken is { Length: > 0 and <= MaxTokenLength } token && token.All(c => c is > ' ' and < '\x7f'))
            return tokens;

        tokens.Dispose();
        throw new ProviderException("provider_failed", "The code was not exchanged for an access token.") { Properties = properties };
    }

    protected override async Task<AuthenticationTicket> CreateTicketAsync(ClaimsIdentity identity, AuthenticationProperties properties, OAuthTokenResponse tokens)
    {
        var provider = Options.Provider ?? throw new InvalidOperationException("The handler has no provider.");
        var profile = await AskAsync(properties, () => provider.ReadAsync(Options, address => GetAsync(address, tokens.AccessToken ?? "")));
        properties.SetParameter(ProfileParameter, profile);
        return new AuthenticationTicket(new ClaimsPrincipal(identity), properties, Scheme.Name);
    }

    private async Task<JsonElement> GetAsync(string address, string token)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, address);
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("application/json"));
        using var response = await Backchannel.SendAsync(request, Context.RequestAborted);
        response.EnsureSuccessStatusCode();
        await using var body = await response.Content.ReadAsStreamAsync(Context.RequestAborted);
        using var document = await JsonDocument.ParseAsync(body, cancellationToken: Context.RequestAborted);
        return document.RootElement.Clone();
    }

    /// <summary>Whatever goes wrong there becomes one of two codes.</summary>
    private static async Task<T> AskAsync<T>(AuthenticationProperties properties, Func<Task<T>> ask)
    {
        try
        {
            return await ask();
        }
        catch (HttpRequestException exception) when (exception is { StatusCode: null, HttpRequestError: not HttpRequestError.ConfigurationLimitExceeded } or { StatusCode: >= System.Net.HttpStatusCode.InternalServerError })
        {
            throw new ProviderException("provider_unavailable", $"No answer: {exception.HttpRequestError}, {exception.StatusCode}.") { Properties = properties };
        }
        catch (HttpRequestException exception)
        {
            throw new ProviderException("provider_failed", $"Refused: {exception.HttpRequestError}, {exception.StatusCode}.") { Properties = properties };
        }
        catch (Exception exception) when (exception is OperationCanceledException or IOException)
        {
            throw new ProviderException("provider_unavailable", "No answer in time.") { Properties = properties };
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            // The latter from a document of another shape, or text that is no Unicode.
            throw new ProviderException("provider_failed", $"The answer cannot be read: {exception.GetType().Name}.") { Properties = properties };
        }
        catch (ProviderException exception)
        {
            throw new ProviderException(exception.Code, exception.Message) { Properties = properties };
        }
    }
}
