using Chat.Hosting.ApplicationModel;
using Chat.Hosting.Orchestration;

namespace Chat.Hosting.Tests.ApplicationModel;

public sealed class ParameterTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Configuration_wins_over_the_default()
    {
        using var builder = Models.Empty("--Parameters:colour=red");
        Assert.Equal("red", await builder.AddParameter("colour", "blue").Resource.GetValueAsync(Cancel));
    }

    [Fact]
    public async Task A_name_with_hyphens_is_found_under_underscores()
    {
        using var builder = Models.Empty("--Parameters:api_key=k");
        Assert.Equal("k", await builder.AddParameter("api-key", secret: true).Resource.GetValueAsync(Cancel));
    }

    [Fact]
    public async Task A_parameter_without_a_value_says_which_variable_to_set()
    {
        using var builder = Models.Empty();
        var parameter = builder.AddParameter("api-key", secret: true).Resource;
        var exception = await Assert.ThrowsAsync<MissingParameterValueException>(async () => await parameter.GetValueAsync(Cancel));
        Assert.Contains("Parameters__api_key", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_missing_parameter_prevents_the_start()
    {
        await using var builder = Models.Empty();
        builder.AddParameter("api-key", secret: true);
        await using var app = await builder.BuildAsync(Cancel);
        await Assert.ThrowsAsync<MissingParameterValueException>(() => app.StartAsync(Cancel));
    }

    [Fact]
    public void A_generated_value_honours_its_minimums()
    {
        var value = new GenerateParameterDefault { MinLength = 30, Special = false, MinNumeric = 5, MinUpper = 4 }.GetDefaultValue();
        Assert.Equal(30, value.Length);
        Assert.True(value.Count(char.IsAsciiDigit) >= 5);
        Assert.True(value.Count(char.IsAsciiLetterUpper) >= 4);
        Assert.All(value, c => Assert.True(char.IsAsciiLetterOrDigit(c)));
        Assert.NotEqual(value, new GenerateParameterDefault { MinLength = 30 }.GetDefaultValue());
    }

    [Fact]
    public void Secrets_are_made_once_and_readable_by_their_owner_alone()
    {
        using var state = AppHostState.Temporary();
        var first = state.GetOrAddSecret("key", () => "made");
        Assert.Equal("made", first);
        Assert.Equal("made", state.GetOrAddSecret("key", () => "made again"));
        Assert.Equal("other", state.GetOrAddSecret("second", () => "other"));
        if (OperatingSystem.IsWindows())
            return;
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Path.Combine(state.Root, "parameters.json")));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(state.Root));
    }

    [Fact]
    public async Task A_connection_string_comes_from_configuration()
    {
        using var builder = Models.Empty("--ConnectionStrings:legacy=Server=old");
        var legacy = builder.AddConnectionString("legacy");
        var tool = builder.AddExecutable("tool", "true", ".").WithReference(legacy);
        Assert.Equal("Server=old", (await builder.EnvironmentAsync(tool.Resource))["ConnectionStrings__legacy"]);
    }

    [Theory]
    [InlineData("")]
    [InlineData("1st")]
    [InlineData("a--b")]
    [InlineData("a-")]
    [InlineData("with space")]
    public void Invalid_resource_names_are_refused(string name)
    {
        using var builder = Models.Empty();
        Assert.ThrowsAny<ArgumentException>(() => builder.AddParameter(name, "x"));
    }

    [Fact]
    public void Two_resources_cannot_share_a_name()
    {
        using var builder = Models.Empty();
        builder.AddParameter("twin", "x");
        Assert.Throws<DistributedApplicationException>(() => builder.AddExecutable("Twin", "true", "."));
    }
}
