namespace Chat.Identity.Profiles;

internal static class ProfileRegistration
{
    public static void AddProfiles(this IHostApplicationBuilder builder) => builder.Services.AddScoped<ProfileChange>();
}
