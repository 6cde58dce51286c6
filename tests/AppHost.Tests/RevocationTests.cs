using System.Net;

namespace Chat.AppHost.Tests;

/// <summary>Promise G4 for whatever ends a session: from the answer on its requests are refused, and its open socket is closed with 4009 within a second.</summary>
[Collection(SystemCollection.Name)]
public sealed class RevocationTests(RunningSystem system)
{
    private const int SessionRevoked = 4009;

    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    public static TheoryData<string> Ways => [.. Acts.Keys];

    private static readonly Dictionary<string, Func<Person, Guid, RunningSystem, Task>> Acts = new(StringComparer.Ordinal)
    {
        ["ended from another session"] = (person, session, _) => person.SendAsync(HttpMethod.Delete, $"auth/sessions/{session}"),
        ["all others ended"] = (person, _, _) => person.SendAsync(HttpMethod.Delete, "auth/sessions"),
        ["password changed, others ended"] = (person, _, _) =>
            person.SendAsync(HttpMethod.Post, "auth/change-password", new { currentPassword = Person.Password, newPassword = "another long pass phrase", endOtherSessions = true }),
        ["password reset"] = async (person, _, system) =>
        {
            await person.SendAsync(HttpMethod.Post, "auth/forgot-password", new { email = person.Email });
            var token = await DevMail.TokenAsync(system.Gateway, person.Email, TestContext.Current.CancellationToken, "reset-password");
            await person.SendAsync(HttpMethod.Post, "auth/reset-password", new { token, password = "another long pass phrase" });
        },
        ["account disabled by its owner"] = (person, _, _) => person.SendAsync(HttpMethod.Post, "users/@me/disable"),
        ["account to be deleted"] = (person, _, _) => person.SendAsync(HttpMethod.Delete, "users/@me"),
        ["account disabled by an administrator"] = async (person, _, system) =>
        {
            using var admin = await system.AdminAsync();
            await admin.SendAsync(HttpMethod.Post, $"admin/users/{await IdAsync(person)}/disable", new { reason = "a test" });
        },
        ["sessions ended by an administrator"] = async (person, _, system) =>
        {
            using var admin = await system.AdminAsync();
            using var request = new HttpRequestMessage(HttpMethod.Delete, $"/api/v1/admin/users/{await IdAsync(person)}/sessions");
            request.Headers.Add("X-Audit-Reason", "a test");
            using var response = await admin.Http.SendAsync(request, TestContext.Current.CancellationToken);
            Assert.Equal(HttpStatusCode.NoContent, response.StatusCode);
        },
    };

    [Theory]
    [MemberData(nameof(Ways))]
    public Task G4_An_ended_session_is_refused_at_once_and_its_socket_closed_within_a_second(string way) => WithinASecondAsync(() => EndAsync(way));

    [Fact]
    public Task G4_A_revoked_access_token_is_refused_at_once_and_its_socket_closed_within_a_second() => WithinASecondAsync(RevokeAsync);

    /// <summary>Does it until it took no longer: now and then a machine stands still for that long, never several times in a row.</summary>
    private static async Task WithinASecondAsync(Func<Task<TimeSpan>> act)
    {
        var took = new List<TimeSpan>();
        do
            took.Add(await act());
        while (took[^1] > Second && took.Count < 4);
        Assert.True(took[^1] <= Second, $"it took {string.Join(", ", took)}");
    }

    /// <summary>How long after the answer the socket was closed.</summary>
    private async Task<TimeSpan> EndAsync(string way)
    {
        using var person = await Person.SignUpAsync(system.Gateway, $"p{Guid.NewGuid():n}"[..20]);
        using var elsewhere = await person.ElsewhereAsync();
        using var socket = await elsewhere.OpenSocketAsync();
        var sessions = (await elsewhere.SendAsync(HttpMethod.Get, "auth/sessions")).GetProperty("items").EnumerateArray();
        var ended = sessions.Single(session => session.GetProperty("current").GetBoolean()).GetProperty("id").GetGuid();

        await Acts[way](person, ended, system);
        var closing = Person.CloseAsync(socket);

        Assert.Equal(HttpStatusCode.Unauthorized, await elsewhere.StatusAsync("users/@me"));
        Assert.Equal(HttpStatusCode.Unauthorized, await elsewhere.StatusAsync("servers"));
        var (code, took) = await closing;
        Assert.Equal(SessionRevoked, code);
        return took;
    }

    private async Task<TimeSpan> RevokeAsync()
    {
        using var person = await Person.SignUpAsync(system.Gateway, $"p{Guid.NewGuid():n}"[..20]);
        var bot = await person.SendAsync(HttpMethod.Post, "auth/bots", new { username = $"b{Guid.NewGuid():n}"[..20] });
        var token = await person.SendAsync(
            HttpMethod.Post, "auth/tokens", new { name = "a bot's", scopes = new[] { "messages:read", "servers:read" }, bot = bot.GetProperty("id").GetGuid() });
        var bearer = token.GetProperty("token").GetString();
        await person.SendAsync(HttpMethod.Get, "servers", bearer: bearer);
        using var socket = await person.OpenSocketAsync(bearer);

        await person.SendAsync(HttpMethod.Delete, $"auth/tokens/{token.GetProperty("id").GetGuid()}");
        var closing = Person.CloseAsync(socket);

        using var request = new HttpRequestMessage(HttpMethod.Get, "/api/v1/servers");
        request.Headers.Authorization = new("Bearer", bearer);
        using var refused = await person.Http.SendAsync(request, TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.Unauthorized, refused.StatusCode);
        var (code, took) = await closing;
        Assert.Equal(SessionRevoked, code);
        return took;
    }

    private static async Task<Guid> IdAsync(Person person) => (await person.SendAsync(HttpMethod.Get, "users/@me")).GetProperty("id").GetGuid();
}
