using System.Buffers.Binary;
using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace Chat.Identity.Tests.Passkeys;

/// <summary>
/// An authenticator and its browser in one, for what no real browser would send. Holds one passkey of ES256; each of its traits can be bent
/// (WebAuthn, https://www.w3.org/TR/webauthn-3/, 5.8.1 and 6.1; COSE keys: RFC 9053, 7.1.1).
/// </summary>
internal sealed class SoftAuthenticator : IDisposable
{
    private const byte UserPresent = 0x01;
    private const byte UserVerified = 0x04;
    private const byte AttestedData = 0x40;

    private readonly ECDsa _key = ECDsa.Create(ECCurve.NamedCurves.nistP256);

    public byte[] Id { get; init; } = RandomNumberGenerator.GetBytes(32);

    public string UserHandle { get; set; } = "";

    public uint Count { get; set; }

    public bool VerifiesUser { get; set; } = true;

    public string Origin { get; set; } = "http://localhost:8080";

    public string RpId { get; set; } = "localhost";

    public Guid Aaguid { get; init; }

    public string[] Transports { get; init; } = ["internal"];

    public string UrlId => Base64Url.EncodeToString(Id);

    /// <summary>Answers <c>navigator.credentials.create</c>.</summary>
    public object Create(JsonElement options)
    {
        UserHandle = Text(options.GetProperty("user").GetProperty("id"));
        var point = _key.ExportParameters(false).Q;
        byte[] publicKey = [0xA5, 0x01, 0x02, 0x03, 0x26, 0x20, 0x01, 0x21, 0x58, 0x20, .. point.X!, 0x22, 0x58, 0x20, .. point.Y!];
        byte[] data = [.. AuthenticatorData(AttestedData), .. Aaguid.ToByteArray(bigEndian: true), (byte)(Id.Length >> 8), (byte)Id.Length, .. Id, .. publicKey];

        // {"fmt": "none", "attStmt": {}, "authData": bytes}
        byte[] attestation = [0xA3, 0x63, .. "fmt"u8, 0x64, .. "none"u8, 0x67, .. "attStmt"u8, 0xA0, 0x68, .. "authData"u8, 0x59, (byte)(data.Length >> 8), (byte)data.Length, .. data];
        return Credential(new
        {
            clientDataJSON = Base64Url.EncodeToString(ClientData("webauthn.create", options)),
            authenticatorData = Base64Url.EncodeToString(data),
            attestationObject = Base64Url.EncodeToString(attestation),
            transports = Transports,
        });
    }

    /// <summary>Answers <c>navigator.credentials.get</c>.</summary>
    public object Get(JsonElement options, bool spoilSignature = false)
    {
        Count++;
        var data = AuthenticatorData(0);
        var clientData = ClientData("webauthn.get", options);
        var signature = _key.SignData([.. data, .. SHA256.HashData(clientData)], HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence);
        if (spoilSignature)
            signature[^1] ^= 1;
        return Credential(new
        {
            clientDataJSON = Base64Url.EncodeToString(clientData),
            authenticatorData = Base64Url.EncodeToString(data),
            signature = Base64Url.EncodeToString(signature),
            userHandle = Base64Url.EncodeToString(Encoding.UTF8.GetBytes(UserHandle)),
        });
    }

    public void Dispose() => _key.Dispose();

    private object Credential(object response) => new
    {
        id = UrlId,
        rawId = UrlId,
        type = "public-key",
        authenticatorAttachment = "platform",
        clientExtensionResults = new { },
        response,
    };

    private byte[] AuthenticatorData(byte more)
    {
        var flags = (byte)(UserPresent | (VerifiesUser ? UserVerified : 0) | more);
        var count = new byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(count, Count);
        return [.. SHA256.HashData(Encoding.UTF8.GetBytes(RpId)), flags, .. count];
    }

    private byte[] ClientData(string type, JsonElement options) =>
        JsonSerializer.SerializeToUtf8Bytes(new { type, challenge = options.GetProperty("challenge").GetString(), origin = Origin, crossOrigin = false });

    private static string Text(JsonElement base64) => Encoding.UTF8.GetString(Base64Url.DecodeFromChars(base64.GetString()));
}
