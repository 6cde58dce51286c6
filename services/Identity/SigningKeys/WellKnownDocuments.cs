namespace Chat.Identity.SigningKeys;

internal sealed record KeySet(IReadOnlyList<KeySetItem> Keys);

internal sealed record KeySetItem(string Kty, string Crv, string X, string Y, string Use, string Alg, string Kid);
