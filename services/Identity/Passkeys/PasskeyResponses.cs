using System.Buffers.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Identity;

namespace Chat.Identity.Passkeys;

/// <summary>A ceremony to carry out: <see cref="Options"/> go to <c>PublicKeyCredential.parse…OptionsFromJSON</c>, and the answer comes back with <see cref="Challenge"/>.</summary>
internal sealed record PasskeyOptionsResponse(Guid Challenge, JsonElement Options);

/// <summary>A passkey as its owner sees it. The id is the credential's, in base64url, as browsers know it.</summary>
internal sealed record PasskeyResponse(
    string Id, string Name, DateTimeOffset CreatedAt, DateTimeOffset? LastUsedAt, bool BackedUp, IReadOnlyList<string>? Transports)
{
    public static PasskeyResponse From(byte[] credentialId, IdentityPasskeyData data, DateTimeOffset? lastUsedAt) =>
        new(Base64Url.EncodeToString(credentialId), data.Name ?? PasskeyName.Fallback, data.CreatedAt, lastUsedAt, data.IsBackedUp, data.Transports);
}

internal sealed record PasskeyList(IReadOnlyList<PasskeyResponse> Items);
