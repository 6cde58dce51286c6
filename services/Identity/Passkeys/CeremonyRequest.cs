using System.Buffers.Text;
using System.Text;
using System.Text.Json;
using Chat.ServiceDefaults;

namespace Chat.Identity.Passkeys;

/// <summary>The browser's answer to a challenge. <paramref name="Credential"/> is what <c>PublicKeyCredential.toJSON()</c> gives.</summary>
internal abstract record CeremonyRequest(Guid? Challenge, JsonElement? Credential)
{
    // Attestations with a chain of certificates have some kilobytes.
    private const int MaxCredentialBytes = 32 * 1024;

    /// <summary>The credential as the framework reads it.</summary>
    public string CredentialJson => Credential?.GetRawText() ?? "null";

    /// <summary>Bytes that the credential has in base64url at this path; null when there are none. Not verified.</summary>
    public byte[]? Claimed(params ReadOnlySpan<string> path)
    {
        var element = Credential ?? default;
        foreach (var name in path)
        {
            if (element.ValueKind is not JsonValueKind.Object || !element.TryGetProperty(name, out element))
                return null;
        }

        if (element.ValueKind is not JsonValueKind.String)
            return null;

        // Between the quotation marks: base64url needs no escaping, and what is escaped may be no text at all.
        var text = element.GetRawText().AsSpan()[1..^1];
        return Base64Url.IsValid(text) ? Base64Url.DecodeFromChars(text) : null;
    }

    public virtual IReadOnlyCollection<FieldError> Validate()
    {
        var errors = new List<FieldError>();
        if (Challenge is null)
            errors.Add(new FieldError("challenge", "required", "The id of the challenge is required."));

        if (Credential is not { ValueKind: JsonValueKind.Object })
            errors.Add(new FieldError("credential", "required", "The credential that the browser gave is required, an object."));
        else if (Encoding.UTF8.GetByteCount(CredentialJson) > MaxCredentialBytes)
            errors.Add(new FieldError("credential", "too_long", $"At most {MaxCredentialBytes} bytes."));

        return errors;
    }
}

/// <summary><c>POST auth/passkeys</c>. Without a name the passkey is called after where it is kept.</summary>
internal sealed record AddPasskeyRequest(Guid? Challenge = null, JsonElement? Credential = null, string? Name = null, bool EndOtherSessions = false)
    : CeremonyRequest(Challenge, Credential)
{
    public override IReadOnlyCollection<FieldError> Validate() =>
        Name is null || PasskeyName.TryParse(Name, out _) ? base.Validate() : [.. base.Validate(), PasskeyName.Invalid];
}

/// <summary><c>POST auth/passkeys/sign-in</c>.</summary>
internal sealed record PasskeySignInRequest(Guid? Challenge = null, JsonElement? Credential = null, bool Remember = false, bool Reactivate = false)
    : CeremonyRequest(Challenge, Credential);

/// <summary><c>POST auth/proof/passkey</c>.</summary>
internal sealed record PasskeyProofRequest(Guid? Challenge = null, JsonElement? Credential = null) : CeremonyRequest(Challenge, Credential);
