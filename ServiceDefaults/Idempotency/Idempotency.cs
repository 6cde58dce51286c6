using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Chat.ServiceDefaults.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;

namespace Chat.ServiceDefaults.Idempotency;

/// <summary>
/// Runs a mutation exactly once per <c>Idempotency-Key</c> (promise G2). The key, the change and the answer are one transaction, and the key's primary key
/// makes a parallel retry on any replica wait for the first and then repeat its answer. Keys live 24 hours. A refusal is not kept: nothing happened.
/// </summary>
public static class Idempotency
{
    /// <summary>The request header: 1 to 255 visible ASCII characters. Without it the mutation simply runs in a transaction.</summary>
    public const string Header = "Idempotency-Key";

    // Null members were left out when the answer was written.
    private static readonly JsonSerializerOptions Stored = new(JsonDefaults.Options) { RespectRequiredConstructorParameters = false };

    /// <summary>Runs <paramref name="action"/>, which answers 201.</summary>
    /// <param name="db">The context that the action changes; its model has <c>AddIdempotencyKeys()</c>.</param>
    /// <param name="http">The request.</param>
    /// <param name="user">The caller, or null on an anonymous route.</param>
    /// <param name="request">The bound request, without its secrets; a hash of it is kept to recognise the same key used for something else.</param>
    /// <param name="action">The change. It saves through <paramref name="db"/>; a problem it answers rolls everything back.</param>
    /// <param name="cancellationToken">The request's.</param>
    public static async Task<Results<Created<T>, ProblemHttpResult>> CreateAsync<T>(
        DbContext db, HttpContext http, Guid? user, object? request, Func<CancellationToken, Task<Results<Created<T>, ProblemHttpResult>>> action, CancellationToken cancellationToken)
    {
        var outcome = await RunAsync<T>(
            db,
            http,
            user,
            request,
            async ct => (await action(ct)).Result switch
            {
                Created<T> created => new Outcome<T>(created.Value, created.Location, null),
                var other => new Outcome<T>(default, null, (ProblemHttpResult)other),
            },
            cancellationToken);
        return outcome.Problem is { } problem ? problem : TypedResults.Created(outcome.Location, outcome.Value);
    }

    /// <summary>Runs <paramref name="action"/>, which answers 200; otherwise as <see cref="CreateAsync{T}"/>.</summary>
    public static async Task<Results<Ok<T>, ProblemHttpResult>> RunAsync<T>(
        DbContext db, HttpContext http, Guid? user, object? request, Func<CancellationToken, Task<Results<Ok<T>, ProblemHttpResult>>> action, CancellationToken cancellationToken)
    {
        var outcome = await RunAsync<T>(
            db,
            http,
            user,
            request,
            async ct => (await action(ct)).Result switch
            {
                Ok<T> ok => new Outcome<T>(ok.Value, null, null),
                var other => new Outcome<T>(default, null, (ProblemHttpResult)other),
            },
            cancellationToken);
        return outcome.Problem is { } problem ? problem : TypedResults.Ok(outcome.Value);
    }

    private static async Task<Outcome<T>> RunAsync<T>(
        DbContext db, HttpContext http, Guid? user, object? request, Func<CancellationToken, Task<Outcome<T>>> action, CancellationToken cancellationToken)
    {
        var key = http.Request.Headers[Header].ToString();
        if (key.Length > 255 || key.Any(character => character is <= ' ' or > '~'))
        {
            return new Outcome<T>(default, null, Problems.Validation(new FieldError(Header, "invalid", "1 to 255 visible ASCII characters.")));
        }

        await using var transaction = await db.Database.BeginTransactionAsync(cancellationToken);
        if (key.Length == 0)
        {
            return await CommitAsync(transaction, await action(cancellationToken), cancellationToken);
        }

        var fingerprint = Fingerprint(http, request);
        var owner = user ?? Guid.Empty;
        var stored = user is null ? Convert.ToHexString(SHA256.HashData([.. Encoding.UTF8.GetBytes(key), 0, .. fingerprint])) : key;
        // Waits here for a transaction that holds the same key, then finds its row.
        var first = await db.Database.ExecuteSqlAsync(
            $"insert into idempotency_keys (user_id, key, fingerprint) values ({owner}, {stored}, {fingerprint}) on conflict do nothing", cancellationToken);
        if (first == 0)
        {
            return await ReplayAsync<T>(db, owner, stored, fingerprint, cancellationToken);
        }

        var outcome = await action(cancellationToken);
        if (outcome.Problem is null)
        {
            var response = JsonSerializer.Serialize(outcome.Value, JsonDefaults.Options);
            await db.Database.ExecuteSqlAsync(
                $"update idempotency_keys set location = {outcome.Location}, response = {response} where user_id = {owner} and key = {stored}", cancellationToken);
        }

        return await CommitAsync(transaction, outcome, cancellationToken);
    }

    private static async Task<Outcome<T>> CommitAsync<T>(
        Microsoft.EntityFrameworkCore.Storage.IDbContextTransaction transaction, Outcome<T> outcome, CancellationToken cancellationToken)
    {
        if (outcome.Problem is null)
        {
            await transaction.CommitAsync(cancellationToken);
        }

        return outcome;
    }

    private static async Task<Outcome<T>> ReplayAsync<T>(DbContext db, Guid owner, string key, byte[] fingerprint, CancellationToken cancellationToken)
    {
        var row = await db.Set<IdempotencyKey>().AsNoTracking().SingleOrDefaultAsync(row => row.User == owner && row.Key == key, cancellationToken);
        if (row is null)
        {
            // The first one was rolled back or has just expired: nothing happened yet.
            return new Outcome<T>(default, null, Problems.Conflict("retry", "The first request with this key did not complete. Repeat the request."));
        }

        return row.Fingerprint.AsSpan().SequenceEqual(fingerprint)
            ? new Outcome<T>(JsonSerializer.Deserialize<T>(row.Response ?? "null", Stored), row.Location, null)
            : new Outcome<T>(default, null, Problems.Unprocessable("idempotency_key_reused", "This key was used for a different request within the last 24 hours."));
    }

    private static byte[] Fingerprint(HttpContext http, object? request) =>
        SHA256.HashData([
            .. Encoding.UTF8.GetBytes($"{http.Request.Method} {http.Request.Path.Value}\n"),
            .. JsonSerializer.SerializeToUtf8Bytes(request, JsonDefaults.Options),
        ]);

    private sealed record Outcome<T>(T? Value, string? Location, ProblemHttpResult? Problem);
}
