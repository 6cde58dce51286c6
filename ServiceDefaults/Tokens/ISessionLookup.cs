namespace Chat.ServiceDefaults.Tokens;

/// <summary>Where <see cref="SessionStatus"/> asks when Redis cannot tell: over HTTP, or in identity itself its own table.</summary>
public interface ISessionLookup
{
    /// <summary>True when the session exists, was not revoked and has not expired.</summary>
    Task<bool> IsActiveAsync(Guid session, CancellationToken cancellationToken);
}
