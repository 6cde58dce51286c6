using System.Net;
using System.Text.Json;
using Xunit;

namespace Chat.Stores;

/// <summary>What a test expects of an answer; one that differs is shown with its body.</summary>
public static class Answers
{
    private static CancellationToken Ending => TestContext.Current.CancellationToken;

    /// <summary>The body.</summary>
    public static async Task<T> ReadAsync<T>(this HttpResponseMessage response) =>
        JsonSerializer.Deserialize<T>(await response.Content.ReadAsStringAsync(Ending), JsonSerializerOptions.Web) ?? throw new InvalidOperationException("The body is null.");

    /// <summary>This status.</summary>
    public static async Task ExpectAsync(this HttpResponseMessage response, HttpStatusCode status)
    {
        if (response.StatusCode != status)
            Assert.Fail($"{response.RequestMessage?.RequestUri} answered {(int)response.StatusCode}, not {(int)status}: {await response.Content.ReadAsStringAsync(Ending)}");
    }

    /// <summary>Problem details with this status and code.</summary>
    public static async Task<JsonElement> ExpectProblemAsync(this HttpResponseMessage response, HttpStatusCode status, string code)
    {
        await response.ExpectAsync(status);
        Assert.Equal("application/problem+json", response.Content.Headers.ContentType?.MediaType);
        var problem = await response.ReadAsync<JsonElement>();
        Assert.Equal(code, problem.GetProperty("code").GetString());
        return problem;
    }

    /// <summary>400 with an error of this code for this field.</summary>
    public static async Task ExpectFieldErrorAsync(this HttpResponseMessage response, string field, string code)
    {
        var problem = await response.ExpectProblemAsync(HttpStatusCode.BadRequest, "validation_failed");
        Assert.Contains(code, problem.GetProperty("errors").GetProperty(field).EnumerateArray().Select(error => error.GetProperty("code").GetString()));
    }
}
