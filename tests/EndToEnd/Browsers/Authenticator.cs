using System.Text.Json;
using Microsoft.Playwright;

namespace Chat.EndToEnd.Tests.Browsers;

/// <summary>Chromium's virtual authenticator: it lives in one page and answers at once (https://chromedevtools.github.io/devtools-protocol/tot/WebAuthn/).</summary>
internal sealed class Authenticator
{
    private readonly ICDPSession _session;
    private readonly string _id;

    private Authenticator(ICDPSession session, string id) => (_session, _id) = (session, id);

    /// <summary>Plugs one in. One built into the device holds one passkey for an account; a second needs a second authenticator, such as a key on a cable.</summary>
    public static async Task<Authenticator> AddAsync(Person person, string transport = "internal", bool verifiesUser = true)
    {
        var session = await person.Context.NewCDPSessionAsync(person.Page);
        await session.SendAsync("WebAuthn.enable");
        var options = new Dictionary<string, object>
        {
            ["protocol"] = "ctap2",
            ["transport"] = transport,
            ["hasResidentKey"] = true,
            ["hasUserVerification"] = true,
            ["isUserVerified"] = verifiesUser,
            ["automaticPresenceSimulation"] = true,
        };
        var added = await session.SendAsync("WebAuthn.addVirtualAuthenticator", new Dictionary<string, object> { ["options"] = options })
            ?? throw new InvalidOperationException("Chromium did not name the authenticator.");
        return new Authenticator(session, added.GetProperty("authenticatorId").GetString() ?? "");
    }

    /// <summary>Whether the person's finger is known to it from now on.</summary>
    public Task VerifyUserAsync(bool verifies) => SendAsync("WebAuthn.setUserVerified", ("isUserVerified", verifies));

    /// <summary>All it holds, private keys included.</summary>
    public async Task<JsonElement[]> CredentialsAsync() => [.. (await SendAsync("WebAuthn.getCredentials")).GetProperty("credentials").EnumerateArray()];

    /// <summary>Takes over what another one holds, as a password manager that synchronises does, or a thief.</summary>
    public async Task CopyAsync(Authenticator from)
    {
        foreach (var credential in await from.CredentialsAsync())
            await SendAsync("WebAuthn.addCredential", ("credential", credential));
    }

    private async Task<JsonElement> SendAsync(string method, params (string Name, object Value)[] arguments)
    {
        var all = arguments.ToDictionary(argument => argument.Name, argument => argument.Value);
        all["authenticatorId"] = _id;
        return await _session.SendAsync(method, all) ?? default;
    }
}
