namespace Chat.Access;

/// <summary>Who is in a server together. Asks the servers service each time.</summary>
public interface ISharedServers
{
    /// <summary>The most people asked about at once.</summary>
    const int MaxOthers = 100;

    /// <summary>Those of <paramref name="others"/> who are members of a server that <paramref name="user"/> is a member of too, at this moment.</summary>
    /// <param name="others">At most <see cref="MaxOthers"/>.</param>
    /// <exception cref="ArgumentOutOfRangeException">More than that.</exception>
    /// <exception cref="ServiceDefaults.ServiceUnavailableException">Servers does not answer: 503 <c>permissions_unavailable</c>.</exception>
    ValueTask<IReadOnlySet<Guid>> WithAsync(Guid user, IReadOnlyCollection<Guid> others, CancellationToken cancellationToken);
}
