using System.Net;
using System.Net.Http.Json;
using Chat.Contracts;
using Chat.Stores;
using MassTransit;
using Microsoft.Extensions.DependencyInjection;

namespace Chat.Presence.Tests;

/// <summary>What people are called, and what becomes of those that identity has erased.</summary>
public sealed class ProfileTests(World world)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private static CancellationToken Ending => TestContext.Current.CancellationToken;

    private IBus Bus => world.A.Services.GetRequiredService<IBus>();

    [Fact]
    public async Task A_changed_name_is_shown_in_every_list_and_an_older_one_that_comes_late_is_not()
    {
        var (ada, bob) = await world.FriendsAsync();
        using var identity = world.Identity.CreateClient(bob.Account.Token);
        using var renamed = await identity.PatchAsJsonAsync("/api/v1/users/@me", new { displayName = "Robert" }, Ending);
        await renamed.ExpectAsync(HttpStatusCode.OK);
        await Eventually.HoldsAsync("the new name", Patience, async () => (await ada.FriendsAsync())[0].User.DisplayName == "Robert");

        // Once something told later has arrived, so has what was told before it.
        await Bus.Publish(new UserUpdated { User = bob.Id, Username = bob.Username, DisplayName = "Older", At = DateTimeOffset.UtcNow.AddMinutes(-10) }, Ending);
        await Bus.Publish(new UserUpdated { User = ada.Id, Username = ada.Username, DisplayName = "Countess", At = DateTimeOffset.UtcNow }, Ending);
        await Eventually.HoldsAsync("a later event", Patience, async () => (await bob.FriendsAsync())[0].User.DisplayName == "Countess");
        Assert.Equal("Robert", (await ada.FriendsAsync())[0].User.DisplayName);
    }

    [Fact]
    public async Task Everything_between_an_erased_account_and_others_ends_here_and_in_messaging()
    {
        await using var heard = await Heard.OpenAsync(world);
        var ada = await world.PersonAsync();
        var others = await Task.WhenAll(Enumerable.Range(0, 5).Select(index => world.PersonAsync($"other{index}")));
        await ada.AskAsync(others[0]);
        await others[0].AcceptAsync(ada);
        await ada.AskAsync(others[1]);
        await others[2].AskAsync(ada);
        await ada.BlockAsync(others[3]);
        await others[4].BlockAsync(ada);
        await Eventually.HoldsAsync("messaging knows of the friendship", Patience, async () => await world.MessagingHasFriendsAsync(ada.Id, others[0].Id) is true);
        string[] before = ["FriendRequested", "FriendAccepted", "FriendRequested", "FriendRequested", "UserBlocked", "UserBlocked"];
        await heard.ExpectAsync(ada.Id, before);

        await EraseAsync(ada);

        Assert.All(await Task.WhenAll(others.Select(other => other.RelationsAsync())), Assert.Empty);
        Assert.Equal(0, await Sql.ScalarAsync<long>(
            world.Database,
            """
            select (select count(*) from friends where $1 in (user_id, other_id)) + (select count(*) from friend_requests where $1 in (from_id, to_id))
                + (select count(*) from blocks where $1 in (blocker, blocked)) + (select count(*) from unsettled_blocks where $1 in (blocker, blocked))
            """,
            ada.Id));
        Assert.Equal("deleted Deleted user", await Sql.ScalarAsync<string>(world.Database, "select username || ' ' || display_name from profiles where id = $1", ada.Id));
        await Eventually.HoldsAsync("five further events", Patience, async () => (await heard.OfAsync(ada.Id)).Count >= before.Length + 5);
        Assert.Equal(
            ["FriendRemoved", "FriendRequestEnded", "FriendRequestEnded", "UserUnblocked", "UserUnblocked"],
            (await heard.OfAsync(ada.Id)).Skip(before.Length).Select(told => told.Type).Order(StringComparer.Ordinal));
        await Eventually.HoldsAsync("messaging knows of the end", Patience, async () =>
            (await world.MessagingHasFriendsAsync(ada.Id, others[0].Id), await world.MessagingHasBlockAsync(ada.Id, others[3].Id), await world.MessagingHasBlockAsync(others[4].Id, ada.Id))
                is (false, false, false));
    }

    [Fact]
    public async Task An_erased_account_is_not_found_and_its_late_token_changes_nothing()
    {
        var (ada, bob) = await world.FriendsAsync();
        await EraseAsync(ada);

        foreach (var (method, address, body) in new[]
        {
            (HttpMethod.Post, Somebody.Requests, (object?)new { user = bob.Id }), (HttpMethod.Put, Somebody.Request(bob), null),
            (HttpMethod.Put, Somebody.Block(bob), null), (HttpMethod.Delete, Somebody.Friend(bob), null),
        })
        {
            using var late = await ada.SendAsync(method, address, body);
            await late.ExpectProblemAsync(HttpStatusCode.Unauthorized, "account_deleted");
        }

        using var asked = await bob.SendAsync(HttpMethod.Post, Somebody.Requests, new { user = ada.Id });
        using var blocked = await bob.SendAsync(HttpMethod.Put, Somebody.Block(ada));
        await asked.ExpectProblemAsync(HttpStatusCode.NotFound, "user_not_found");
        await blocked.ExpectProblemAsync(HttpStatusCode.NotFound, "user_not_found");
        await bob.DoAsync(HttpMethod.Delete, Somebody.Friend(ada));
        Assert.Empty(await bob.RelationsAsync());
    }

    [Fact]
    public async Task Requests_that_race_with_the_erasure_leave_nothing_behind()
    {
        var ada = await world.PersonAsync();
        var others = await Task.WhenAll(Enumerable.Range(0, 6).Select(index => world.PersonAsync($"other{index}")));

        var asking = others.Select((other, index) => other.At(index % 2 == 0 ? world.A : world.B).TryAskAsync(ada)).ToList();
        await Task.WhenAny(asking);
        await EraseAsync(ada);
        var answers = await Task.WhenAll(asking);

        Assert.All(answers, answer => Assert.Contains(answer.StatusCode, new[] { HttpStatusCode.Created, HttpStatusCode.NotFound }));
        Assert.All(await Task.WhenAll(others.Select(other => other.RelationsAsync())), Assert.Empty);
        foreach (var answer in answers)
            answer.Dispose();
    }

    /// <summary>Tells of the erasure, and returns when nothing is left between them and others.</summary>
    private async Task EraseAsync(Somebody person)
    {
        await Bus.Publish(new UserDeleted { User = person.Id, At = DateTimeOffset.UtcNow }, Ending);
        await Eventually.HoldsAsync("the erasure", Patience, () => Sql.ScalarAsync<bool>(
            world.Database,
            """
            select coalesce((select deleted from profiles where id = $1), false) and not exists (select from friends where $1 in (user_id, other_id))
                and not exists (select from friend_requests where $1 in (from_id, to_id)) and not exists (select from blocks where $1 in (blocker, blocked))
            """,
            person.Id));
    }
}
