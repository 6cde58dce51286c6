using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.IdentityModel.Tokens;

namespace Chat.Identity.SigningKeys;

internal static class WellKnownEndpoints
{
    private const string JwksPath = "/.well-known/jwks.json";

    public static void MapWellKnown(this IEndpointRouteBuilder routes)
    {
        var wellKnown = routes.MapGroup("/").AllowAnonymous().AddEndpointFilter(async (context, next) =>
        {
            // Shorter than SigningKeys:PublishedBefore by far, so that no cache outlives the announcement of a key.
            context.HttpContext.Response.Headers.CacheControl = "public, max-age=300";
            return await next(context);
        });
        wellKnown.MapGet("/.well-known/openid-configuration", Discovery);
        wellKnown.MapGet(JwksPath, Keys);
    }

    private static Ok<DiscoveryDocument> Discovery(TokenIssuer issuer) =>
        TypedResults.Ok(new DiscoveryDocument(issuer.Url, issuer.Url.TrimEnd('/') + JwksPath, ["public"], [SecurityAlgorithms.EcdsaSha256]));

    private static Ok<KeySet> Keys(SigningKeyRing ring) =>
        TypedResults.Ok(new KeySet([.. ring.Published.Select(PublicKey)]));

    private static KeySetItem PublicKey(RingKey key)
    {
        var point = key.Verifier.ECDsa.ExportParameters(includePrivateParameters: false).Q;
        return new KeySetItem("EC", "P-256", Base64UrlEncoder.Encode(point.X), Base64UrlEncoder.Encode(point.Y), "sig", SecurityAlgorithms.EcdsaSha256, key.Id);
    }
}
