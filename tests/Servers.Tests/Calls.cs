namespace Chat.Servers.Tests;

/// <summary>The routes, as a client calls them.</summary>
internal static class Calls
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public static async Task<JsonElement> CreateServerAsync(this HttpClient client, string name = "A server")
    {
        using var response = await client.PostAsJsonAsync("/api/v1/servers", new { name }, Cancellation);
        return await response.BodyAsync(HttpStatusCode.Created);
    }

    public static async Task<string> InviteAsync(this HttpClient client, Guid server, object? options = null)
    {
        using var response = await client.PostAsJsonAsync($"/api/v1/servers/{server}/invites", options ?? new { }, Cancellation);
        return (await response.BodyAsync(HttpStatusCode.Created)).GetProperty("code").GetString() ?? "";
    }

    public static Task<HttpResponseMessage> AcceptAsync(this HttpClient client, string code, string? key = null) =>
        client.PostAsync($"/api/v1/invites/{code}/accept", key);

    public static Task<HttpResponseMessage> LeaveAsync(this HttpClient client, Guid server, string? key = null) =>
        client.PostAsync($"/api/v1/servers/{server}/leave", key);

    public static Task<HttpResponseMessage> PostAsync(this HttpClient client, string path, string? key, object? body = null) => client.SendAsync(HttpMethod.Post, path, body, key);

    public static Task<HttpResponseMessage> EditAsync(this HttpClient client, string path, object? body, string? key = null) => client.SendAsync(HttpMethod.Patch, path, body, key);

    public static Task<HttpResponseMessage> RemoveAsync(this HttpClient client, string path, string? key = null) => client.SendAsync(HttpMethod.Delete, path, null, key);

    /// <summary>Sends a request of any method.</summary>
    /// <param name="body">What becomes JSON; JSON as text, or content, is sent as it is.</param>
    public static Task<HttpResponseMessage> SendAsync(this HttpClient client, HttpMethod method, string path, object? body = null, string? key = null) =>
        client.SendAsync(method, path, body, ("Idempotency-Key", key));

    /// <summary>Sends a request of any method with headers; those without a value are left out.</summary>
    public static async Task<HttpResponseMessage> SendAsync(
        this HttpClient client, HttpMethod method, string path, object? body, params (string Name, string? Value)[] headers)
    {
        using var request = new HttpRequestMessage(method, path);
        request.Content = body switch
        {
            null => null,
            HttpContent content => content,
            string json => new StringContent(json, System.Text.Encoding.UTF8, "application/json"),
            _ => JsonContent.Create(body),
        };
        foreach (var (name, value) in headers)
        {
            if (value is not null)
            {
                request.Headers.TryAddWithoutValidation(name, value);
            }
        }

        return await client.SendAsync(request, Cancellation);
    }

    /// <summary>Sends a request, asserts its status and reads its body.</summary>
    public static async Task<JsonElement> SendAsync(this HttpClient client, HttpMethod method, string path, object? body, HttpStatusCode expected)
    {
        using var response = await client.SendAsync(method, path, body);
        if (expected != HttpStatusCode.NoContent)
        {
            return await response.BodyAsync(expected);
        }

        await response.DoneAsync();
        return default;
    }

    /// <summary>Sends a request of any method, with what the audit log is to say of why.</summary>
    public static Task<HttpResponseMessage> CallAsync(this HttpClient client, HttpMethod method, string path, object? body = null, string? key = null, string? reason = null) =>
        client.SendAsync(method, path, body, ("Idempotency-Key", key), ("X-Audit-Reason", reason));

    /// <summary>Asserts an answer without content.</summary>
    public static async Task DoneAsync(this HttpResponseMessage response)
    {
        Assert.True(response.StatusCode == HttpStatusCode.NoContent, $"Expected no content, got {response.StatusCode}: {await response.Content.ReadAsStringAsync(Cancellation)}");
        response.Dispose();
    }

    public static async Task<JsonElement> ReadAsync(this HttpClient client, string path)
    {
        using var response = await client.GetAsync(new Uri(path, UriKind.Relative), Cancellation);
        return await response.BodyAsync(HttpStatusCode.OK);
    }

    public static async Task<JsonElement> BodyAsync(this HttpResponseMessage response, HttpStatusCode expected)
    {
        var text = await response.Content.ReadAsStringAsync(Cancellation);
        Assert.True(response.StatusCode == expected, $"Expected {expected}, got {response.StatusCode}: {text}");
        return JsonDocument.Parse(text).RootElement;
    }

    /// <summary>Asserts a refusal: its status, content type and stable code, and for validation the field and the field's code.</summary>
    public static async Task<JsonElement> RefusedAsync(this HttpResponseMessage response, HttpStatusCode status, string code, string? field = null, string? fieldCode = null)
    {
        var problem = await response.BodyAsync(status);
        Assert.Equal("application/problem+json", response.Content.Headers.ContentType?.MediaType);
        Assert.Equal(code, problem.GetProperty("code").GetString());
        if (field is not null)
        {
            Assert.Equal(fieldCode, problem.GetProperty("errors").GetProperty(field)[0].GetProperty("code").GetString());
        }

        response.Dispose();
        return problem;
    }

    public static async Task RefusesAsync(this HttpClient client, string path, HttpStatusCode status, string code, string? field = null, string? fieldCode = null) =>
        await (await client.GetAsync(new Uri(path, UriKind.Relative), Cancellation)).RefusedAsync(status, code, field, fieldCode);

    public static Guid Id(this JsonElement thing) => thing.GetProperty("id").GetGuid();

    public static Guid General(this JsonElement server) => server.GetProperty("channels")[0].Id();

    public static Guid[] Ids(this JsonElement list) => [.. list.EnumerateArray().Select(one => one.GetGuid())];

    public static string? Text(this JsonElement thing, string property) => thing.TryGetProperty(property, out var value) ? value.GetString() : null;
}
