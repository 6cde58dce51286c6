using Chat.ServiceDefaults;

namespace Chat.Gateway.Routing;

/// <summary>
/// Refuses paths that the gateway and a service could read differently. The server has decoded the path once and removed its dot segments;
/// whatever is still encoded after that (%2F, or %2e from a doubly encoded %252e) would be decoded by the next reader.
/// </summary>
internal sealed class PathGuard(RequestDelegate next)
{
    public Task InvokeAsync(HttpContext context) =>
        IsPlain(context.Request.Path.Value ?? string.Empty)
            ? next(context)
            : Problems.NotFound("not_found", "There is nothing at this address.").ExecuteAsync(context);

    internal static bool IsPlain(string path)
    {
        for (var i = 0; i < path.Length; i++)
        {
            var ambiguous = path[i] switch
            {
                '\\' => true,
                '/' => IsEmptyOrDots(path.AsSpan(i + 1)),
                '%' => i + 2 < path.Length && char.IsAsciiHexDigit(path[i + 1]) && char.IsAsciiHexDigit(path[i + 2]),
                var c => char.IsControl(c),
            };
            if (ambiguous)
            {
                return false;
            }
        }

        return true;
    }

    private static bool IsEmptyOrDots(ReadOnlySpan<char> rest)
    {
        var end = rest.IndexOf('/');
        var segment = end < 0 ? rest : rest[..end];
        return segment is "." or ".." || (segment.IsEmpty && end == 0);
    }
}
