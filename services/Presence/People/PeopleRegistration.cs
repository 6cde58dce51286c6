namespace Chat.Presence.People;

internal static class PeopleRegistration
{
    public static void AddPeople(this IHostApplicationBuilder builder)
    {
        builder.AddInternalClient<IdentityUsers>("identity");
        builder.Services.AddScoped<PeopleDirectory>();
        builder.Services.AddScoped<Erasure>();
    }
}
