using System.Net;
using Chat.Stores;

namespace Chat.Identity.Tests;

public sealed class RegistrationLimitTests(IdentityStores stores)
{
    private const string Route = "/api/v1/auth/register";

    [Fact]
    public async Task In_production_one_address_registers_twenty_an_hour()
    {
        await using var service = stores.Start(await stores.CreateDatabaseAsync(), new Dictionary<string, string?> { ["environment"] = "Production", ["Mail:Host"] = "127.0.0.1", ["Mail:Port"] = "1" });
        using var client = service.CreateClient();
        var (somewhere, elsewhere) = (MailCalls.FromSomewhere(), MailCalls.FromSomewhere());

        var answers = await Task.WhenAll(Enumerable.Range(0, 24).Select(_ => client.PostBodyAsync(Route, Calls.Registration(Calls.NewName()), somewhere)));

        Assert.Equal(20, answers.Count(a => a.Status == HttpStatusCode.Created));
        Assert.All(answers.Where(a => a.Status != HttpStatusCode.Created), a => Assert.InRange(
            a.ExpectProblem(HttpStatusCode.TooManyRequests, "too_many_registrations").Headers.RetryAfter?.Delta ?? default, TimeSpan.FromMinutes(55), TimeSpan.FromHours(1)));
        (await client.PostBodyAsync(Route, Calls.Registration(Calls.NewName()), elsewhere)).Expect(HttpStatusCode.Created);
    }

    [Fact]
    public async Task A_subscriber_of_IPv6_is_one_address()
    {
        await using var service = Start(2);
        using var client = service.CreateClient();
        var somewhere = MailCalls.FromSomewhere();

        (await client.PostBodyAsync(Route, Calls.Registration(Calls.NewName()), somewhere)).Expect(HttpStatusCode.Created);
        (await client.PostBodyAsync(Route, Calls.Registration(Calls.NewName()), (somewhere.Name, somewhere.Value + "2"))).Expect(HttpStatusCode.Created);
        (await client.PostBodyAsync(Route, Calls.Registration(Calls.NewName()), (somewhere.Name, somewhere.Value + "3"))).ExpectProblem(HttpStatusCode.TooManyRequests, "too_many_registrations");
    }

    [Fact]
    public async Task Names_that_are_taken_count_and_what_is_invalid_does_not()
    {
        await using var service = Start(2);
        using var client = service.CreateClient();
        var somewhere = MailCalls.FromSomewhere();
        var name = Calls.NewName();

        for (var i = 0; i < 5; i++)
            (await client.PostBodyAsync(Route, Calls.Registration("no name"), somewhere)).Expect(HttpStatusCode.BadRequest);
        (await client.PostBodyAsync(Route, Calls.Registration(name), somewhere)).Expect(HttpStatusCode.Created);
        (await client.PostBodyAsync(Route, Calls.Registration(name), somewhere)).ExpectProblem(HttpStatusCode.Conflict, "username_taken");
        (await client.PostBodyAsync(Route, Calls.Registration(name), somewhere)).ExpectProblem(HttpStatusCode.TooManyRequests, "too_many_registrations");
    }

    [Fact]
    public async Task G2_A_repeated_request_does_not_count()
    {
        await using var service = Start(2);
        using var client = service.CreateClient();
        var somewhere = MailCalls.FromSomewhere();
        var (name, key) = (Calls.NewName(), ("Idempotency-Key", Guid.NewGuid().ToString()));

        for (var i = 0; i < 5; i++)
            (await client.PostBodyAsync(Route, Calls.Registration(name), somewhere, key)).Expect(HttpStatusCode.Created);

        (await client.PostBodyAsync(Route, Calls.Registration(Calls.NewName()), somewhere)).Expect(HttpStatusCode.Created);
    }

    [Fact]
    public async Task A_mailbox_is_not_filled_by_registrations()
    {
        using var client = stores.Shared.CreateClient();
        var address = $"{Calls.NewName()}@example.org";

        for (var i = 0; i < 12; i++)
            await client.RegisterUnverifiedAsync(address);

        Assert.Equal(10, (await client.MailsToAsync(address)).Count);
    }

    [Theory]
    [InlineData("admin")]
    [InlineData("Administrator")]
    [InlineData("moderator")]
    [InlineData("root")]
    [InlineData("system")]
    [InlineData("SUPPORT")]
    [InlineData("help")]
    [InlineData("security")]
    [InlineData("official")]
    [InlineData("staff")]
    [InlineData("everyone")]
    [InlineData("here")]
    [InlineData("me")]
    [InlineData("bot")]
    [InlineData("deleted")]
    [InlineData("deleted_0123456789")]
    [InlineData("_ad.min_")]
    public async Task A_name_that_speaks_for_others_is_reserved(string username)
    {
        using var client = stores.Shared.CreateClient();

        (await client.PostBodyAsync(Route, Calls.Registration(username, "a@example.org"))).ExpectFieldErrors("username:reserved");
    }

    [Fact]
    public async Task More_names_can_be_reserved()
    {
        var name = Calls.NewName();
        await using var service = stores.Start(stores.Database, new Dictionary<string, string?> { ["Accounts:ReservedNames:0"] = name.ToUpperInvariant() });
        using var client = service.CreateClient();

        (await client.PostBodyAsync(Route, Calls.Registration(name))).ExpectFieldErrors("username:reserved");
        (await client.PostBodyAsync(Route, Calls.Registration($"{name}_2"))).Expect(HttpStatusCode.Created);
    }

    private RunningService<IdentityService> Start(int perAddress) =>
        stores.Start(stores.Database, new Dictionary<string, string?> { ["Accounts:RegistrationsPerAddress"] = $"{perAddress}" });
}
