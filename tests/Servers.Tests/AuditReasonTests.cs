namespace Chat.Servers.Tests;

/// <summary>The header by which a client says why.</summary>
public sealed class AuditReasonTests(ServersFixture fixture)
{
    public static TheoryData<string, string> Good => new()
    {
        { "spam", "spam" },
        { "  spam  ", "spam" },
        { "100% sure + more", "100% sure + more" },
        { Uri.EscapeDataString("Gr\u00fc\u00dfe \u65e5\u672c \U0001F600"), "Gr\u00fc\u00dfe \u65e5\u672c \U0001F600" },
        { Uri.EscapeDataString(new string('\u65e5', 512)), new string('\u65e5', 512) },
        { Uri.EscapeDataString(string.Concat(Enumerable.Repeat("\U0001F600", 512))), string.Concat(Enumerable.Repeat("\U0001F600", 512)) },
        { "%25ED", "%ED" },
    };

    public static TheoryData<string, string> Bad => new()
    {
        { new string('x', 513), "too_long" },
        { Uri.EscapeDataString(new string('\u65e5', 513)), "too_long" },
        { "a%00b", "invalid_characters" },
        { "a%0Ab", "invalid_characters" },
        { "a%1Bb", "invalid_characters" },
        { "%E2%80%AEabc", "invalid_characters" },
        { "%ED%A0%80", "invalid_characters" },
        { "%ED%B0%80%ED%A0%80", "invalid_characters" },
        { "%FF%FE", "invalid_characters" },
        { "%C3", "invalid_characters" },
    };

    [Theory, MemberData(nameof(Good))]
    public async Task A_reason_is_kept_as_it_was_meant(string header, string meant)
    {
        using var community = await Community.FoundAsync(fixture.Deployment, "owner");
        await (await community.Owner.Client.SendAsync(HttpMethod.Patch, community.Path, new { name = "Other" }, ("X-Audit-Reason", header))).BodyAsync(HttpStatusCode.OK);
        Assert.Equal(meant, (await EntriesAsync(community))[0].GetProperty("reason").GetString());
    }

    [Theory, MemberData(nameof(Bad))]
    public async Task A_bad_reason_is_refused_and_nothing_is_done(string header, string code)
    {
        using var community = await Community.FoundAsync(fixture.Deployment, "owner");
        await (await community.Owner.Client.SendAsync(HttpMethod.Patch, community.Path, new { name = "Other" }, ("X-Audit-Reason", header)))
            .RefusedAsync(HttpStatusCode.BadRequest, "validation_failed", "X-Audit-Reason", code);
        Assert.Empty(await EntriesAsync(community));
        Assert.Equal("A server", (await community.ReadAsync()).GetProperty("name").GetString());
    }

    [Theory]
    [InlineData("")]
    [InlineData(" ")]
    [InlineData("%20%20")]
    public async Task An_empty_reason_is_none(string header)
    {
        using var community = await Community.FoundAsync(fixture.Deployment, "owner");
        await (await community.Owner.Client.SendAsync(HttpMethod.Patch, community.Path, new { name = "Other" }, ("X-Audit-Reason", header))).BodyAsync(HttpStatusCode.OK);
        Assert.False((await EntriesAsync(community))[0].TryGetProperty("reason", out _));
    }

    private static async Task<List<JsonElement>> EntriesAsync(Community community) =>
        [.. (await community.Owner.Client.ReadAsync($"{community.Path}/audit-log?action=server.updated")).GetProperty("items").EnumerateArray()];
}
