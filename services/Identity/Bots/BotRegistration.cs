namespace Chat.Identity.Bots;

internal static class BotRegistration
{
    public static void AddBots(this IHostApplicationBuilder builder) => builder.Services.AddScoped<BotAccounts>();
}
