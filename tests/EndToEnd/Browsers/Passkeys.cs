using System.Text.Json;

namespace Chat.EndToEnd.Tests.Browsers;

/// <summary>The two ceremonies as a page carries them out, and the routes they belong to.</summary>
internal static class Passkeys
{
    private const string CreateScript = """
        async options => {
            const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(JSON.parse(options));
            try {
                return { credential: (await navigator.credentials.create({ publicKey })).toJSON() };
            } catch (error) {
                return { error: error.name };
            }
        }
        """;

    private const string GetScript = """
        async options => {
            const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(JSON.parse(options));
            try {
                return { credential: (await navigator.credentials.get({ publicKey })).toJSON() };
            } catch (error) {
                return { error: error.name };
            }
        }
        """;

    public static async Task<Ceremony> BeginAsync(this Person person, string path)
    {
        var answer = (await person.CallAsync("POST", path)).Expect(200);
        return new Ceremony(answer.Body.GetProperty("challenge").GetGuid(), answer.Body.GetProperty("options"));
    }

    /// <summary>The new credential, or the name of the browser's error.</summary>
    public static Task<CeremonyResult> CreateAsync(this Person person, JsonElement options) => RunAsync(person, CreateScript, options);

    /// <summary>A signed assertion, or the name of the browser's error.</summary>
    public static Task<CeremonyResult> GetAsync(this Person person, JsonElement options) => RunAsync(person, GetScript, options);

    public static async Task<Answer> RegisterPasskeyAsync(this Person person, string? name = null)
    {
        var ceremony = await person.BeginAsync("auth/passkeys/options");
        var made = await person.CreateAsync(ceremony.Options);
        return (await person.CallAsync("POST", "auth/passkeys", new { ceremony.Challenge, credential = made.Credential, name })).Expect(201);
    }

    public static async Task<Answer> SignInByPasskeyAsync(this Person person)
    {
        var ceremony = await person.BeginAsync("auth/passkeys/sign-in/options");
        var shown = await person.GetAsync(ceremony.Options);
        return await person.CallAsync("POST", "auth/passkeys/sign-in", new { ceremony.Challenge, credential = shown.Credential });
    }

    private static async Task<CeremonyResult> RunAsync(Person person, string script, JsonElement options)
    {
        var result = await person.Page.EvaluateAsync<JsonElement>(script, options.GetRawText());
        return result.TryGetProperty("error", out var error) ? new CeremonyResult(default, error.GetString()) : new CeremonyResult(result.GetProperty("credential"), null);
    }
}

internal sealed record Ceremony(Guid Challenge, JsonElement Options);

internal sealed record CeremonyResult(JsonElement Credential, string? Error);
