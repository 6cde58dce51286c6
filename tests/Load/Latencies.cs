using System.Collections.Concurrent;

namespace Chat.Load;

/// <summary>How long requests took, in milliseconds, and how they were answered.</summary>
internal sealed class Latencies
{
    private readonly ConcurrentQueue<(double Milliseconds, int Status)> _samples = new();

    public void Add(TimeSpan took, int status) => _samples.Enqueue((took.TotalMilliseconds, status));

    public int Count => _samples.Count;

    public double Percentile(double share)
    {
        var ordered = _samples.Select(sample => sample.Milliseconds).Order().ToArray();
        return ordered.Length == 0 ? double.NaN : ordered[Math.Min(ordered.Length - 1, (int)(share * ordered.Length))];
    }

    /// <summary>Such as <c>401 ×380, 503 ×3,620</c>; 0 is a request without an answer.</summary>
    public string Statuses() => string.Join(", ", _samples.GroupBy(sample => sample.Status).OrderBy(group => group.Key).Select(group => $"{group.Key} ×{group.Count():N0}"));
}
