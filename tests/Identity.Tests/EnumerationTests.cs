using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using Chat.Identity.Tests.TwoFactor;
using Chat.Stores;

namespace Chat.Identity.Tests;

/// <summary>Whoever does not know the password learns nothing about an account: not whether it exists, nor in which state it is.</summary>
[Collection(SharedReplicas.Name)]
public sealed class EnumerationTests(TwoReplicas replicas)
{
    private const int Active = 0, Disabled = 1, Suspended = 2, Deleting = 3, Deleted = 4;

    [Theory]
    [InlineData("auth/login")]
    [InlineData("auth/two-factor/email/code")]
    public async Task Every_wrong_sign_in_is_answered_alike_after_one_verification(string route)
    {
        var expected = await TryAsync(route, (await NewAsync(Active)).Username);
        foreach (var login in new[]
        {
            Calls.NewName(), $"{Calls.NewName()}@example.org", "no name at all",
            (await NewAsync(Active)).Address, (await NewAsync(Disabled)).Username, (await NewAsync(Suspended)).Username, (await NewAsync(Suspended)).Address,
            (await NewAsync(Deleting)).Username, (await NewAsync(Deleted)).Username,
            await UnverifiedAsync(), $"{await UnverifiedAsync()}@example.org", await WithoutPasswordAsync(), await WithSecondFactorAsync(),
        })
        {
            Assert.Equal(expected, await TryAsync(route, login));
        }

        Assert.Contains("invalid_credentials", expected, StringComparison.Ordinal);
        Assert.EndsWith("verify password", expected, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Every_one_is_refused_after_as_many_tries()
    {
        foreach (var login in new[] { Calls.NewName(), $"{Calls.NewName()}@example.org", (await NewAsync(Suspended)).Username, await UnverifiedAsync(), await WithoutPasswordAsync() })
        {
            using var client = replicas.First.CreateClient();
            for (var i = 0; i < 5; i++)
                (await client.LoginAsync(login, "wrong password")).ExpectProblem(HttpStatusCode.Unauthorized, "invalid_credentials");
            (await client.LoginAsync(login, "wrong password")).ExpectProblem(HttpStatusCode.TooManyRequests, "too_many_attempts");
        }
    }

    [Fact]
    public async Task A_hash_that_is_weaker_than_configured_takes_as_long_to_be_found_wrong_as_no_account()
    {
        // Registered with 1,000 iterations.
        using var person = await replicas.NewPersonAsync();
        await using var strong = replicas.Start(new Dictionary<string, string?> { ["Passwords:Iterations"] = "1000000" });

        var none = await FastestAsync(strong, Calls.NewName());
        var weak = await FastestAsync(strong, person.Username);

        // Other work on the machine makes either slower, never faster.
        Assert.True(weak > none / 2, $"{weak.TotalMilliseconds:0} ms for a weak hash, {none.TotalMilliseconds:0} ms for none.");
    }

    [Fact]
    public async Task Only_the_right_password_tells_the_state()
    {
        using var client = replicas.First.CreateClient();

        (await client.LoginAsync((await NewAsync(Disabled)).Username)).ExpectProblem(HttpStatusCode.Forbidden, "account_disabled");
        (await client.LoginAsync((await NewAsync(Suspended)).Username)).ExpectProblem(HttpStatusCode.Forbidden, "account_suspended");
        (await client.LoginAsync((await NewAsync(Deleting)).Username)).ExpectProblem(HttpStatusCode.Forbidden, "account_deleting");
        (await client.LoginAsync(await UnverifiedAsync())).ExpectProblem(HttpStatusCode.Forbidden, "email_not_verified");
        (await client.LoginAsync(await WithoutPasswordAsync())).ExpectProblem(HttpStatusCode.Unauthorized, "invalid_credentials");
    }

    private static async Task<TimeSpan> FastestAsync(RunningService<IdentityService> replica, string login)
    {
        using var client = replica.CreateClient();
        var fastest = TimeSpan.MaxValue;
        for (var i = 0; i < 4; i++)
        {
            var begun = Stopwatch.GetTimestamp();
            (await client.LoginAsync(login, "wrong password")).ExpectProblem(HttpStatusCode.Unauthorized, "invalid_credentials");
            var took = Stopwatch.GetElapsedTime(begun);
            fastest = took < fastest ? took : fastest;
        }

        return fastest;
    }

    /// <summary>Status, headers, body and the hashings that the answer took: all that could differ, but for the request's own id.</summary>
    private async Task<string> TryAsync(string route, string login)
    {
        var trace = ActivityTraceId.CreateRandom();
        var hashings = new ConcurrentQueue<string>();
        using var listener = new ActivityListener
        {
            // The request's own activity carries the trace on to what is done for it.
            ShouldListenTo = source => source.Name is "Chat.Identity" or "Microsoft.AspNetCore",
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllData,
            ActivityStopped = activity =>
            {
                if (activity.TraceId == trace && activity.Source.Name == "Chat.Identity")
                    hashings.Enqueue(activity.OperationName);
            },
        };
        ActivitySource.AddActivityListener(listener);
        using var client = replicas.First.CreateClient();

        var answer = await client.PostBodyAsync($"/api/v1/{route}", new { login, password = "wrong password" }, ("traceparent", $"00-{trace}-00f067aa0ba902b7-01"));

        var members = answer.Body.EnumerateObject().Where(member => member.Name != "traceId").Select(member => member.ToString());
        var headers = answer.Headers.Select(header => header.Key).Order(StringComparer.Ordinal);
        return string.Join('\n', [$"{answer.Status} {answer.MediaType}", .. headers, .. members, .. hashings]);
    }

    private async Task<Person> NewAsync(int state)
    {
        var person = await replicas.NewPersonAsync();
        await replicas.SqlAsync<object>("update accounts set state = $1 where username = $2", state, person.Username);
        return person;
    }

    private async Task<string> UnverifiedAsync()
    {
        using var client = replicas.First.CreateClient();
        var name = Calls.NewName();
        (await client.PostBodyAsync("/api/v1/auth/register", Calls.Registration(name))).Expect(HttpStatusCode.Created);
        return name;
    }

    private async Task<string> WithoutPasswordAsync()
    {
        using var person = await replicas.NewPersonAsync();
        await replicas.SqlAsync<object>("update accounts set password_hash = null where username = $1", person.Username);
        return person.Username;
    }

    private async Task<string> WithSecondFactorAsync()
    {
        using var person = await replicas.NewPersonAsync();
        await person.AddMailAsync();
        return person.Username;
    }
}
