namespace Chat.Identity.Accounts;

/// <summary>States and roles as they are called on the wire.</summary>
internal static class WireName
{
    public static string Of<T>(T value) where T : struct, Enum => value.ToString().ToLowerInvariant();
}
