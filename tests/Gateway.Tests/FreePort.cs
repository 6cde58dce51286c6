using Chat.Stores;

namespace Chat.Gateway.Tests;

internal static class FreePort
{
    /// <summary>A port of 127.0.0.1 where nobody listens, and which nobody else is given while this process runs.</summary>
    public static int Take() => NodePackage.FreePort();
}
