namespace Chat.Identity.OAuth.Clients;

/// <summary><c>POST auth/clients</c>. <paramref name="Public"/>: it cannot keep a secret, as it runs on other people's devices.</summary>
internal sealed record CreateClientRequest(
    string? Name = null,
    string? Homepage = null,
    IReadOnlyList<string?>? RedirectUris = null,
    IReadOnlyList<string?>? Scopes = null,
    IReadOnlyList<string?>? Grants = null,
    bool Public = false)
{
    public ClientShape Shape => new(Name, Homepage, RedirectUris ?? [], Scopes ?? [], Grants ?? [], Public);
}

/// <summary><c>PATCH auth/clients/{id}</c>: what is left out stays; an empty homepage removes it. How it gets tokens, and whether it has a secret, stays as it was registered.</summary>
internal sealed record ChangeClientRequest(
    string? Name = null, string? Homepage = null, IReadOnlyList<string?>? RedirectUris = null, IReadOnlyList<string?>? Scopes = null)
{
    public ClientShape Applied(OAuthClient client) => new(
        Name ?? client.Name,
        Homepage is "" ? null : Homepage ?? client.Homepage,
        RedirectUris ?? client.RedirectUris,
        Scopes ?? client.Scopes,
        client.Grants,
        client.SecretHash is null);
}

/// <summary>A client as its owner sees it. <see cref="Secret"/> is there once, in the answer to the request that made it.</summary>
internal sealed record ClientResponse(
    string Id,
    string Name,
    string? Homepage,
    IReadOnlyList<string> RedirectUris,
    IReadOnlyList<string> Scopes,
    IReadOnlyList<string> Grants,
    bool Public,
    Guid? Bot,
    DateTimeOffset CreatedAt,
    string? Secret)
{
    public static ClientResponse From(OAuthClient client, string? secret = null) => new(
        client.Id, client.Name, client.Homepage, client.RedirectUris, client.Scopes, client.Grants, client.SecretHash is null, client.BotId, client.CreatedAt, secret);
}

internal sealed record ClientList(IReadOnlyList<ClientResponse> Items, string? Next);
