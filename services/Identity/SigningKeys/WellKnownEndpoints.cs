using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.IdentityModel.Tokens;

namespace Chat.Identity.SigningKeys;

internal static class WellKnownEndpoints
{
    public const string JwksPath = "/.well-known/jwks.json";

    public static void MapWellKnown(this IEndpointRouteBuilder routes) => routes.MapGet(JwksPath, Keys).AllowAnonymous();

    private static Ok<KeySet> Keys(HttpResponse response, SigningKeyRing ring)
    {
        // Shorter than SigningKeys:PublishedBefore by far, so that no cache outlives the announcement of a key.
        response.Headers.CacheControl = "public, max-age=300";
        return TypedResults.Ok(new KeySet([.. ring.Published.Select(PublicKey)]));
    }

    private static KeySetItem PublicKey(RingKey key)
    {
        var point = key.Verifier.ECDsa.ExportParameters(includePrivateParameters: false).Q;
        return new KeySetItem("EC", "P-256", Base64UrlEncoder.Encode(point.X), Base64UrlEncoder.Encode(point.Y), "sig", SecurityAlgorithms.EcdsaSha256, key.Id);
    }
}
