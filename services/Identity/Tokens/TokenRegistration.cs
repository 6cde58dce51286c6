namespace Chat.Identity.Tokens;

internal static class TokenRegistration
{
    public static void AddTokens(this IHostApplicationBuilder builder) => builder.Services.AddScoped<TokenIssuing>();
}
