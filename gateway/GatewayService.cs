namespace Chat.Gateway;

/// <summary>Names this assembly to whoever starts the gateway in-process.</summary>
public sealed class GatewayService;
