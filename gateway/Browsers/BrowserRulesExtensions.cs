using Chat.ServiceDefaults.Browsers;
namespace Chat.Gateway.Browsers;

internal static class BrowserRulesExtensions
{
    public static void AddBrowserRules(this IHostApplicationBuilder builder) => builder.Services.AddSingleton<AllowedOrigins>();
}
