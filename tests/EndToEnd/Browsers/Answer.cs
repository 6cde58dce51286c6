using System.Text.Json;

namespace Chat.EndToEnd.Tests.Browsers;

/// <summary>What the API answered to a page.</summary>
internal sealed record Answer(string Request, int Status, string? Text)
{
    public JsonElement Body => JsonSerializer.Deserialize<JsonElement>(Text ?? "null");

    public Answer Expect(int status)
    {
        Assert.True(Status == status, $"{Request} answered {Status}, not {status}: {Text}");
        return this;
    }

    /// <summary>A problem document with this status and code.</summary>
    public Answer ExpectProblem(int status, string code)
    {
        Expect(status);
        Assert.Equal(code, Body.GetProperty("code").GetString());
        return this;
    }
}
