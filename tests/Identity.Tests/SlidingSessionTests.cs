using System.Net;
using Chat.Stores;

namespace Chat.Identity.Tests;

public sealed class SlidingSessionTests(IdentityStores stores)
{
    [Fact]
    public async Task A_remembered_session_slides_and_ends_after_ninety_days()
    {
        var clock = new OffsetClock();
        await using var service = await stores.StartAloneAsync(clock);
        var cookie = await SignInAsync(service, remember: true);

        for (var day = 25; day < 90; day += 25)
        {
            clock.Advance(TimeSpan.FromDays(25));
            (await service.ExchangeAsync(cookie)).Expect(HttpStatusCode.OK);
        }

        clock.Advance(TimeSpan.FromDays(14.9));
        (await service.ExchangeAsync(cookie)).Expect(HttpStatusCode.OK);
        clock.Advance(TimeSpan.FromDays(0.2));
        (await service.ExchangeAsync(cookie)).ExpectProblem(HttpStatusCode.NotFound, "session_not_found");
    }

    [Fact]
    public async Task A_remembered_session_that_is_not_used_ends_after_thirty_days()
    {
        var clock = new OffsetClock();
        await using var service = await stores.StartAloneAsync(clock);
        var cookie = await SignInAsync(service, remember: true);

        clock.Advance(TimeSpan.FromDays(30.1));

        (await service.ExchangeAsync(cookie)).ExpectProblem(HttpStatusCode.NotFound, "session_not_found");
    }

    [Fact]
    public async Task A_session_that_is_not_remembered_does_not_slide()
    {
        var clock = new OffsetClock();
        await using var service = await stores.StartAloneAsync(clock);
        var cookie = await SignInAsync(service, remember: false);

        clock.Advance(TimeSpan.FromHours(6.9));
        (await service.ExchangeAsync(cookie)).Expect(HttpStatusCode.OK);
        clock.Advance(TimeSpan.FromHours(0.2));

        (await service.ExchangeAsync(cookie)).ExpectProblem(HttpStatusCode.NotFound, "session_not_found");
    }

    private static async Task<string> SignInAsync(RunningService<IdentityService> service, bool remember)
    {
        using var client = service.CreateClient();
        var name = Calls.NewName();
        (await client.RegisterAsync(name)).Expect(HttpStatusCode.Created);
        return (await client.LoginAsync(name, remember: remember)).Expect(HttpStatusCode.OK).SessionCookie;
    }
}
