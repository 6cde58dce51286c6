using Chat.ServiceDefaults.Tokens;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace Microsoft.Extensions.Hosting;

/// <summary>Calls from service to service.</summary>
public static class InternalCallExtensions
{
    /// <summary>
    /// Registers <typeparamref name="TClient"/> (it takes an <see cref="HttpClient"/>) for calls to <paramref name="service"/>: discovered, resilient, signed with a service token.
    /// </summary>
    public static IHttpClientBuilder AddInternalClient<TClient>(this IHostApplicationBuilder builder, string service) where TClient : class =>
        // By the full name: the short one, which is the default, may be that of another part's client.
        builder.Services.AddHttpClient<TClient>(typeof(TClient).FullName ?? typeof(TClient).Name, http => http.BaseAddress = new Uri($"http://{service}"))
            .AddHttpMessageHandler(services => new ServiceTokenHandler(services.GetRequiredService<ServiceTokens>(), service));

    /// <summary>The <c>/internal</c> routes: only service tokens made for this service are let in, and the gateway does not route them.</summary>
    public static RouteGroupBuilder MapInternal(this IEndpointRouteBuilder routes) =>
        routes.MapGroup("/internal").RequireAuthorization(TokenValidationExtensions.InternalPolicy).WithMetadata(new ExcludeFromDescriptionAttribute());
}
