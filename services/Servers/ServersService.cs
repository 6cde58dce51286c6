namespace Chat.Servers;

/// <summary>Names the servers service's assembly: <c>WebApplicationFactory&lt;ServersService&gt;</c> starts it.</summary>
public sealed class ServersService;
