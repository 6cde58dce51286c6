namespace Chat.Servers.Tests;

/// <summary>A structure that is read from the store is held to the rules: nothing that breaks them becomes a server.</summary>
public sealed class TemplateStoreTests(ServersFixture fixture)
{
    private const string Servers = "/api/v1/servers";

    private Deployment Deployment => fixture.Deployment;

    [Theory]
    [InlineData("""{}""")]
    [InlineData("""[]""")]
    [InlineData("""{"version":2}""")]
    [InlineData("""jsonb_set(structure, '{version}', '2')""")]
    [InlineData("""jsonb_set(structure, '{roles}', '[]')""")]
    [InlineData("""jsonb_set(structure, '{roles,0,builtIn}', '"owner"')""")]
    [InlineData("""jsonb_set(structure, '{roles,0,colour}', '16777216')""")]
    [InlineData("""jsonb_set(structure, '{roles,0}', 'null')""")]
    [InlineData("""jsonb_set(structure, '{settings,category}', '"gardening"')""")]
    [InlineData("""jsonb_set(structure, '{settings,newcomers}', '"owner"')""")]
    [InlineData("""jsonb_set(structure, '{channels,0,name}', '""')""")]
    [InlineData("""jsonb_set(structure, '{channels,0,kind}', '"x"')""")]
    [InlineData("""jsonb_set(structure, '{channels,0,category}', '0')""")]
    [InlineData("""jsonb_set(structure, '{channels,0,slowMode}', '21601')""")]
    [InlineData("""jsonb_set(structure, '{channels,0,overrides}', '[{"role":9,"allow":1,"deny":0}]')""")]
    [InlineData("""jsonb_set(structure, '{channels,0,overrides}', '[{"role":1,"allow":1,"deny":1}]')""")]
    [InlineData("""jsonb_set(structure, '{channels,0,overrides}', '[{"role":1,"allow":1,"deny":0},{"role":1,"allow":1,"deny":0}]')""")]
    public async Task A_structure_in_the_store_that_breaks_the_rules_makes_no_server(string stored)
    {
        using var community = await Community.FoundAsync(Deployment, "owner");
        var code = await SaveAsync(community);
        var value = stored.StartsWith("jsonb_set", StringComparison.Ordinal) ? stored : $"'{stored}'::jsonb";
        await Sql.ExecuteAsync(Deployment.Database, $"update templates set structure = {value} where code = $1", code);
        await community.Owner.Client.RefusesAsync($"/api/v1/templates/{code}", HttpStatusCode.Conflict, "template_unusable");
        await (await community.Owner.Client.SendAsync(HttpMethod.Post, Servers, new { name = "Copy", template = code })).RefusedAsync(HttpStatusCode.BadRequest, "validation_failed", "template", "unusable");
    }

    [Fact]
    public async Task Flags_that_mean_nothing_or_are_not_of_channels_are_not_granted()
    {
        using var community = await Community.FoundAsync(Deployment, "owner");
        var code = await SaveAsync(community);
        await Sql.ExecuteAsync(
            Deployment.Database,
            """
            update templates set structure = jsonb_set(jsonb_set(structure, '{roles,0,permissions}', '4611686018427387905'),
                '{channels,0,overrides}', '[{"role":0,"allow":4611686018427650048,"deny":2}]') where code = $1
            """,
            code);
        var structure = (await community.Owner.Client.ReadAsync($"/api/v1/templates/{code}")).GetProperty("structure");
        Assert.Equal(1, structure.GetProperty("roles")[0].GetProperty("permissions").GetInt64());
        var rule = structure.GetProperty("channels")[0].GetProperty("overrides")[0];
        Assert.Equal((0L, 2L), (rule.GetProperty("allow").GetInt64(), rule.GetProperty("deny").GetInt64()));
    }

    private static async Task<string> SaveAsync(Community community)
    {
        using var response = await community.Owner.Client.SendAsync(HttpMethod.Post, $"{community.Path}/templates", new { name = "Mine" });
        return (await response.BodyAsync(HttpStatusCode.Created)).GetProperty("template").GetProperty("code").GetString() ?? "";
    }
}
