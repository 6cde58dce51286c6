using System.Buffers.Text;
using System.Net;
using System.Security.Cryptography;
using Chat.Identity.Tests.TwoFactor;
using Chat.Stores;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.Extensions.DependencyInjection;

namespace Chat.Identity.Tests;

[Collection(SharedReplicas.Name)]
public sealed class KnownDeviceTests(TwoReplicas replicas, IdentityStores stores)
{
    private const string Wrong = "wrong password";

    [Fact]
    public async Task A_sign_in_makes_the_browser_a_known_device_for_a_year()
    {
        using var person = await replicas.NewPersonAsync();

        var stranger = (await person.LoginAsync()).Expect(HttpStatusCode.OK);
        Assert.Matches("^chat_device=[A-Za-z0-9_-]{40,512}; max-age=31536000; path=/; samesite=lax; httponly$", Assert.Single(stranger.SetCookies, IsDevice));

        var known = (await FromAsync(person, replicas.First, Calls.Password, person.DeviceCookie)).Expect(HttpStatusCode.OK);
        Assert.DoesNotContain(known.SetCookies, IsDevice);
    }

    [Fact]
    public async Task Only_a_whole_sign_in_does()
    {
        using var person = await replicas.NewPersonAsync();
        var (app, _) = await person.AddAppAsync();

        Assert.Empty((await person.LoginAsync(null, Wrong)).SetCookies);
        Assert.Empty((await person.LoginAsync()).SetCookies);
        Assert.Empty((await person.LoginAsync(app.WrongCode())).SetCookies);
        Assert.Single((await person.LoginAsync(app.Code(1))).SetCookies, IsDevice);
    }

    [Fact]
    public async Task Five_wrong_sign_ins_a_minute_are_let_through_over_all_replicas()
    {
        using var person = await replicas.NewPersonAsync();
        for (var i = 0; i < 5; i++)
            (await person.LoginAsync(i % 2 == 0 ? replicas.First : replicas.Second, null, Wrong)).ExpectProblem(HttpStatusCode.Unauthorized, "invalid_credentials");

        foreach (var replica in new[] { replicas.First, replicas.Second })
        {
            var refused = (await person.LoginAsync(replica, code: null)).ExpectProblem(HttpStatusCode.TooManyRequests, "too_many_attempts");
            Assert.InRange(refused.Headers.RetryAfter?.Delta ?? default, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(60));
        }
    }

    [Fact]
    public async Task Strangers_at_its_own_address_do_not_lock_a_known_device_out()
    {
        using var person = await replicas.NewPersonAsync();
        await ExhaustAsync(person);

        (await FromAsync(person, replicas.First, Calls.Password, person.DeviceCookie)).Expect(HttpStatusCode.OK);
        (await FromAsync(person, replicas.Second, Calls.Password, person.DeviceCookie)).Expect(HttpStatusCode.OK);
    }

    [Fact]
    public async Task Strangers_at_all_addresses_lock_strangers_out_and_no_known_device()
    {
        using var person = await replicas.NewPersonAsync();

        // A hundred an hour by default.
        for (var i = 0; i < 100; i++)
            (await person.LoginAsync(replicas.First, null, Wrong, Address($"198.51.100.{i}"))).ExpectProblem(HttpStatusCode.Unauthorized, "invalid_credentials");

        var refused = (await person.LoginAsync(replicas.Second, null, Calls.Password, Address("198.51.100.200"))).ExpectProblem(HttpStatusCode.TooManyRequests, "too_many_attempts");
        Assert.InRange(refused.Headers.RetryAfter?.Delta ?? default, TimeSpan.FromMinutes(50), TimeSpan.FromMinutes(60));
        (await person.LoginAsync(replicas.Second, null, Calls.Password, Address("198.51.100.5"), ("Cookie", person.DeviceCookie))).Expect(HttpStatusCode.OK);
    }

    [Fact]
    public async Task What_an_address_may_try_over_all_accounts_does_not_bind_a_known_device()
    {
        using var person = await replicas.NewPersonAsync();
        await using var strict = replicas.Start(new Dictionary<string, string?> { ["SignIn:PerAddress"] = "3" });
        using var client = strict.CreateClient();
        var address = MailCalls.FromSomewhere();
        for (var i = 0; i < 3; i++)
            (await client.PostBodyAsync("/api/v1/auth/login", new { login = Calls.NewName(), password = Wrong }, address)).ExpectProblem(HttpStatusCode.Unauthorized, "invalid_credentials");

        // One subscriber has the whole /64.
        (await person.LoginAsync(strict, null, Calls.Password, (address.Name, address.Value + "2"))).ExpectProblem(HttpStatusCode.TooManyRequests, "too_many_attempts");
        (await person.LoginAsync(strict, null, Calls.Password, address, ("Cookie", person.DeviceCookie))).Expect(HttpStatusCode.OK);
    }

    [Fact]
    public async Task A_known_device_has_ten_tries_a_minute_of_its_own()
    {
        using var person = await replicas.NewPersonAsync();
        var second = (await person.LoginAsync()).SetCookies.Single(IsDevice).Split(';')[0];
        for (var i = 0; i < 10; i++)
            (await FromAsync(person, i % 2 == 0 ? replicas.First : replicas.Second, Wrong, person.DeviceCookie)).ExpectProblem(HttpStatusCode.Unauthorized, "invalid_credentials");

        var refused = (await FromAsync(person, replicas.First, Calls.Password, person.DeviceCookie)).ExpectProblem(HttpStatusCode.TooManyRequests, "too_many_attempts");

        Assert.InRange(refused.Headers.RetryAfter?.Delta ?? default, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(60));
        (await FromAsync(person, replicas.First, Calls.Password, second)).Expect(HttpStatusCode.OK);
        (await person.LoginAsync()).Expect(HttpStatusCode.OK);
    }

    [Fact]
    public async Task A_forged_cookie_is_a_strangers()
    {
        using var person = await replicas.NewPersonAsync();
        var value = person.DeviceCookie["chat_device=".Length..];
        var altered = Base64Url.DecodeFromChars(value);
        altered[^1] ^= 1;
        var id = await replicas.SqlAsync<Guid>("select id from accounts where username = $1", person.Username);
        byte[] payload = [.. id.ToByteArray(), .. RandomNumberGenerator.GetBytes(16), .. new byte[] { 0x7F, 0, 0, 0, 0, 0, 0, 0 }];
        var otherPurpose = replicas.First.Services.GetRequiredService<IDataProtectionProvider>().CreateProtector("Chat.Identity.Something").Protect(payload);
        await ExhaustAsync(person);

        foreach (var cookie in new[]
        {
            "", "x", "!!", value[..^4], value + "AAAA", Base64Url.EncodeToString(payload), Base64Url.EncodeToString(altered), Base64Url.EncodeToString(otherPurpose), new string('A', 2000),
        })
        {
            (await FromAsync(person, replicas.First, Calls.Password, $"chat_device={cookie}")).ExpectProblem(HttpStatusCode.TooManyRequests, "too_many_attempts");
        }
    }

    [Fact]
    public async Task Somebody_elses_cookie_is_a_strangers_and_is_replaced()
    {
        using var person = await replicas.NewPersonAsync();
        using var other = await replicas.NewPersonAsync();
        var signedIn = (await FromAsync(person, replicas.First, Calls.Password, other.DeviceCookie)).Expect(HttpStatusCode.OK);
        Assert.Single(signedIn.SetCookies, IsDevice);

        await ExhaustAsync(person);

        (await FromAsync(person, replicas.First, Calls.Password, other.DeviceCookie)).ExpectProblem(HttpStatusCode.TooManyRequests, "too_many_attempts");
    }

    [Fact]
    public async Task A_cookie_of_another_deployment_is_a_strangers()
    {
        using var person = await replicas.NewPersonAsync();
        await using var elsewhere = stores.Start(await stores.CreateDatabaseAsync());
        using var client = elsewhere.CreateClient();
        (await client.RegisterAsync(person.Username)).Expect(HttpStatusCode.Created);
        var cookie = (await client.LoginAsync(person.Username)).Expect(HttpStatusCode.OK).SetCookies.Single(IsDevice).Split(';')[0];
        await ExhaustAsync(person);

        (await FromAsync(person, replicas.First, Calls.Password, cookie)).ExpectProblem(HttpStatusCode.TooManyRequests, "too_many_attempts");
    }

    [Fact]
    public async Task After_a_year_a_device_is_a_stranger_again()
    {
        var clock = new OffsetClock();
        await using var service = await stores.StartAloneAsync(clock);
        using var client = service.CreateClient();
        var name = Calls.NewName();
        (await client.RegisterAsync(name)).Expect(HttpStatusCode.Created);
        var cookie = (await client.LoginAsync(name)).Expect(HttpStatusCode.OK).SetCookies.Single(IsDevice).Split(';')[0];
        for (var i = 0; i < 5; i++)
            (await client.LoginAsync(name, Wrong)).ExpectProblem(HttpStatusCode.Unauthorized, "invalid_credentials");

        clock.Advance(TimeSpan.FromDays(364));
        (await client.PostBodyAsync("/api/v1/auth/login", new { login = name, password = Calls.Password }, ("Cookie", cookie))).Expect(HttpStatusCode.OK);
        clock.Advance(TimeSpan.FromDays(1));

        (await client.PostBodyAsync("/api/v1/auth/login", new { login = name, password = Calls.Password }, ("Cookie", cookie)))
            .ExpectProblem(HttpStatusCode.TooManyRequests, "too_many_attempts");
    }

    private static bool IsDevice(string cookie) => cookie.StartsWith("chat_device=", StringComparison.Ordinal);

    private static (string Name, string Value) Address(string address) => ("X-Forwarded-For", address);

    private static Task<Answer> FromAsync(Person person, RunningService<IdentityService> replica, string password, string cookie) =>
        person.LoginAsync(replica, null, password, ("Cookie", cookie));

    /// <summary>A stranger at the tests' address has no try left.</summary>
    private async Task ExhaustAsync(Person person)
    {
        for (var i = 0; i < 5; i++)
            (await person.LoginAsync(replicas.First, null, Wrong)).ExpectProblem(HttpStatusCode.Unauthorized, "invalid_credentials");
        (await person.LoginAsync()).ExpectProblem(HttpStatusCode.TooManyRequests, "too_many_attempts");
    }
}
