using Microsoft.AspNetCore.Http.Features;

namespace Chat.Gateway.Limits;

internal static class Upgrades
{
    /// <summary>Whether the request asks to become a socket: an HTTP/1.1 upgrade, or an extended CONNECT over HTTP/2.</summary>
    public static bool AsksForUpgrade(this HttpContext context) =>
        context.Features.Get<IHttpUpgradeFeature>() is { IsUpgradableRequest: true } || context.Features.Get<IHttpExtendedConnectFeature>() is { IsExtendedConnect: true };
}
