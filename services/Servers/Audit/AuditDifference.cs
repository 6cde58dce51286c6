namespace Chat.Servers.Audit;

/// <summary>Collects what a change alters, member by member, for <see cref="AuditNote"/>.</summary>
internal sealed class AuditDifference
{
    private readonly Dictionary<string, object?> _before = [];
    private readonly Dictionary<string, object?> _after = [];

    /// <summary>Names what is altered, where it has no id: on both sides.</summary>
    public void Name(string name, object value) => (_before[name], _after[name]) = (value, value);

    /// <summary>Whether anything differs.</summary>
    public bool Any => _before.Count > 0;

    /// <summary>Notes a member if it differs.</summary>
    /// <param name="name">Its name in JSON.</param>
    /// <param name="before">What it was.</param>
    /// <param name="after">What it is to be.</param>
    /// <returns>What it is to be.</returns>
    public T Note<T>(string name, T before, T after)
    {
        if (!EqualityComparer<T>.Default.Equals(before, after))
        {
            (_before[name], _after[name]) = (before, after);
        }

        return after;
    }

    /// <inheritdoc cref="Note{T}"/>
    public string[] Note(string name, string[] before, string[] after)
    {
        if (!before.SequenceEqual(after, StringComparer.Ordinal))
        {
            (_before[name], _after[name]) = (before, after);
        }

        return after;
    }

    /// <summary>What is to stand in the log.</summary>
    public AuditNote As(string action, Guid? target = null) => new(action, target, _before, _after);
}
