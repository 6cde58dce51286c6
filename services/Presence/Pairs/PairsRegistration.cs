namespace Chat.Presence.Pairs;

internal static class PairsRegistration
{
    public static void AddPairs(this IHostApplicationBuilder builder)
    {
        builder.Services.AddScoped<PairLock>();
        builder.Services.AddScoped<Parting>();
        builder.Services.AddScoped<RelationReader>();
    }
}
