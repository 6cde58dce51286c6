namespace Chat.Identity;

/// <summary>Names this service's assembly for <c>WebApplicationFactory&lt;IdentityService&gt;</c>.</summary>
public sealed class IdentityService;
