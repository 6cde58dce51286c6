namespace Chat.Servers.Audit;

/// <summary>Collects before and after of what a change altered, by the names that the routes use.</summary>
internal sealed class AuditDiff
{
    /// <summary>What was there; null members are written too, as what was absent.</summary>
    public Dictionary<string, object?> Before { get; } = [];

    public Dictionary<string, object?> After { get; } = [];

    /// <summary>Whether anything changed.</summary>
    public bool Any => After.Count > 0;

    /// <summary>Adds a member if it changed.</summary>
    /// <returns>Whether it did.</returns>
    public bool Add<T>(string name, T before, T after)
    {
        if (EqualityComparer<T>.Default.Equals(before, after))
        {
            return false;
        }

        (Before[name], After[name]) = (before, after);
        return true;
    }
}
