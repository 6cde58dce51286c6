namespace Chat.Servers.Tests;

/// <summary>What is heard of one server.</summary>
internal static class ServerEvents
{
    /// <summary>Everything new about a server; what is said of others is gone.</summary>
    public static Task<List<(string Type, JsonElement Body)>> TakeAsync(this EventQueue queue, Guid server) => queue.TakeAsync(body => body.GetProperty("server").GetGuid() == server);
}
