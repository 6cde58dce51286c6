using Microsoft.AspNetCore.WebUtilities;

namespace Chat.Identity.OAuth.Authorizing;

/// <summary>The parameters of an authorization request by exact name; empty ones are as good as absent, and it is known which came twice (RFC 6749, 3.1).</summary>
internal sealed class RequestParameters
{
    private const int MaxParameters = 64;

    private readonly Dictionary<string, string> _values = new(StringComparer.Ordinal);
    private readonly HashSet<string> _repeated = new(StringComparer.Ordinal);
    private int _count;

    /// <summary>Null when it is absent, empty, or came twice.</summary>
    public string? this[string name] => !_repeated.Contains(name) && _values.GetValueOrDefault(name) is { Length: > 0 } value ? value : null;

    public bool AnyRepeated => _repeated.Count > 0;

    public bool TooMany => _count > MaxParameters;

    /// <summary>ASP.NET Core's own collection takes names in another case for the same.</summary>
    public static RequestParameters From(QueryString query)
    {
        var parameters = new RequestParameters();
        foreach (var pair in new QueryStringEnumerable(query.Value))
            parameters.Add(pair.DecodeName().ToString(), pair.DecodeValue().ToString());
        return parameters;
    }

    public static RequestParameters From(IReadOnlyDictionary<string, string> values)
    {
        var parameters = new RequestParameters();
        foreach (var (name, value) in values)
            parameters.Add(name, value);
        return parameters;
    }

    private void Add(string name, string value)
    {
        if (++_count > MaxParameters)
            return;
        if (!_values.TryAdd(name, value))
            _repeated.Add(name);
    }
}
