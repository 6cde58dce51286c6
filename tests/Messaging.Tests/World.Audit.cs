using System.Text.Json;

namespace Chat.Messaging.Tests;

/// <summary>What the servers service keeps of it.</summary>
public sealed partial class World
{
    /// <summary>The entries of the audit log of the room's server, newest first, as its owner reads them.</summary>
    internal async Task<List<JsonElement>> AuditLogAsync(Room room, string query = "")
    {
        using var http = Servers.CreateClient(room.Owner.Token);
        return [.. (await http.JsonAsync($"/api/v1/servers/{room.Server}/audit-log?{query}")).GetProperty("items").EnumerateArray()];
    }
}
