using System.Net.Http.Json;
using Chat.Stores;
using Microsoft.IdentityModel.JsonWebTokens;

namespace Chat.Identity.Tests.Administration;

/// <summary>Somebody who is signed in, and what they do.</summary>
internal sealed class Person(Guid id, string username, string token, Guid session, string cookie, HttpClient client) : IDisposable
{
    public Guid Id => id;

    public string Username => username;

    public string Email => $"{username}@example.org";

    public string Token => token;

    public Guid Session => session;

    public string Cookie => cookie;

    public HttpClient Client => client;

    public static async Task<Person> NewAsync(RunningService<IdentityService> identity)
    {
        var (username, token, session, cookie) = await identity.NewPersonAsync();
        return new Person(Guid.Parse(new JsonWebToken(token).Subject), username, token, session, cookie, identity.CreateClient(token));
    }

    public static async Task<Person> NewAdminAsync(RunningService<IdentityService> identity, string database)
    {
        var person = await NewAsync(identity);
        await Sql.RunAsync(database, "update accounts set role = 1 where id = $1", person.Id);
        return person;
    }

    /// <summary>The same session, asked for at another replica.</summary>
    public Person At(RunningService<IdentityService> replica) => new(id, username, token, session, cookie, replica.CreateClient(token));

    public Task<Answer> ReadAsync(string path) => client.ReadAsync($"/api/v1/{path}");

    public Task<Answer> PostAsync(string path, object body) => client.PostBodyAsync($"/api/v1/{path}", body);

    public async Task<Answer> PutAsync(string path, object body)
    {
        using var request = new HttpRequestMessage(HttpMethod.Put, $"/api/v1/{path}") { Content = JsonContent.Create(body) };
        return await client.AnswerAsync(request);
    }

    public async Task<Answer> DeleteAsync(string path, string? reason = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Delete, $"/api/v1/{path}");
        if (reason is not null)
            request.Headers.Add("X-Audit-Reason", Uri.EscapeDataString(reason));
        return await client.AnswerAsync(request);
    }

    public Task<Answer> DisableAsync(Guid user, string reason = "spam") => PostAsync($"admin/users/{user}/disable", new { reason });

    public Task<Answer> EnableAsync(Guid user, string reason = "appeal") => PostAsync($"admin/users/{user}/enable", new { reason });

    public Task<Answer> ChangeRoleAsync(Guid user, string role, string reason = "team") => PutAsync($"admin/users/{user}/role", new { role, reason });

    /// <summary>A personal access token of this person's, or their bot's.</summary>
    public async Task<string> NewTokenAsync(Guid? bot = null) =>
        (await PostAsync("auth/tokens", new { name = "script", scopes = new[] { "account:read" }, bot })).Expect(System.Net.HttpStatusCode.Created).Body.GetProperty("token").GetString() ?? "";

    public async Task<(Guid Id, string Username)> NewBotAsync()
    {
        var name = Calls.NewName("bot");
        return ((await PostAsync("auth/bots", new { username = name })).Expect(System.Net.HttpStatusCode.Created).Body.GetProperty("id").GetGuid(), name);
    }

    public void Dispose() => client.Dispose();
}
