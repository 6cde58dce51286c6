using System.Net;

namespace Chat.Identity.Tests.Administration;

public sealed class AuditLogTests(IdentityStores stores)
{
    [Fact]
    public async Task The_log_is_read_by_actor_target_and_action_in_pages()
    {
        using var admin = await Person.NewAdminAsync(stores.Shared, stores.Database);
        using var one = await Person.NewAsync(stores.Shared);
        using var two = await Person.NewAsync(stores.Shared);
        (await admin.DisableAsync(one.Id)).Expect(HttpStatusCode.NoContent);
        (await admin.DisableAsync(two.Id)).Expect(HttpStatusCode.NoContent);
        (await admin.EnableAsync(one.Id)).Expect(HttpStatusCode.NoContent);

        var first = (await admin.ReadAsync($"admin/audit-log?actor={admin.Id}&limit=2")).Expect(HttpStatusCode.OK).Body;
        var rest = (await admin.ReadAsync($"admin/audit-log?actor={admin.Id}&limit=2&cursor={first.GetProperty("next").GetString()}")).Expect(HttpStatusCode.OK).Body;
        var suspensions = (await admin.ReadAsync($"admin/audit-log?actor={admin.Id}&action=user.suspended")).Expect(HttpStatusCode.OK).Body;
        var ofTwo = (await admin.ReadAsync($"admin/audit-log?target={two.Id}")).Expect(HttpStatusCode.OK).Body;

        Assert.Equal([one.Id, two.Id], Targets(first));
        Assert.Equal([one.Id], Targets(rest));
        Assert.False(rest.TryGetProperty("next", out _));
        Assert.Equal([two.Id, one.Id], Targets(suspensions));
        Assert.Equal([two.Id], Targets(ofTwo));
    }

    [Fact]
    public async Task Neither_names_nor_addresses_of_the_account_are_written_down()
    {
        using var admin = await Person.NewAdminAsync(stores.Shared, stores.Database);
        using var person = await Person.NewAsync(stores.Shared);
        (await admin.ChangeRoleAsync(person.Id, "admin")).Expect(HttpStatusCode.NoContent);
        (await admin.DeleteAsync($"admin/users/{person.Id}/sessions", "x")).Expect(HttpStatusCode.NoContent);
        (await admin.DisableAsync(person.Id)).Expect(HttpStatusCode.NoContent);

        var log = (await admin.ReadAsync($"admin/audit-log?target={person.Id}")).Expect(HttpStatusCode.OK);

        Assert.Equal(3, log.Body.GetProperty("items").GetArrayLength());
        Assert.DoesNotContain(person.Username, log.Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("limit=0", "limit:out_of_range")]
    [InlineData("limit=101&cursor=x", "limit:out_of_range", "cursor:invalid")]
    [InlineData("actor=me&target=you", "actor:invalid", "target:invalid")]
    [InlineData("action=a%00b", "action:invalid")]
    public async Task A_bad_question_is_named(string query, params string[] errors)
    {
        using var admin = await Person.NewAdminAsync(stores.Shared, stores.Database);
        (await admin.ReadAsync($"admin/audit-log?{query}")).ExpectFieldErrors(errors);
    }

    private static IEnumerable<Guid> Targets(System.Text.Json.JsonElement page) => page.GetProperty("items").EnumerateArray().Select(e => e.GetProperty("target").GetGuid());
}
