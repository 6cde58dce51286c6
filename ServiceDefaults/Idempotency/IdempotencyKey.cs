namespace Chat.ServiceDefaults.Idempotency;

/// <summary>A row of table <c>idempotency_keys</c>: the first result of a request that carried an <c>Idempotency-Key</c>.</summary>
public sealed class IdempotencyKey
{
    /// <summary>The caller; <see cref="Guid.Empty"/> on anonymous routes, where the key is hashed together with the request.</summary>
    public Guid User { get; init; }

    /// <summary>The client's key.</summary>
    public required string Key { get; init; }

    /// <summary>SHA-256 of method, path and request: the same key for something else is refused.</summary>
    public required byte[] Fingerprint { get; init; }

    /// <summary>The address of what was created, for the <c>Location</c> header.</summary>
    public string? Location { get; init; }

    /// <summary>The response body as JSON; null only within the transaction that writes it.</summary>
    public string? Response { get; init; }

    /// <summary>When it was first seen; kept for 24 hours.</summary>
    public DateTimeOffset CreatedAt { get; init; }
}
