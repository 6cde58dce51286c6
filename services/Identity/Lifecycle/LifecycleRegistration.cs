namespace Chat.Identity.Lifecycle;

internal static class LifecycleRegistration
{
    public static void AddLifecycle(this IHostApplicationBuilder builder)
    {
        builder.Services.AddOptions<DeletionOptions>().BindConfiguration("Accounts").ValidateDataAnnotations().ValidateOnStart();
        builder.Services.AddScoped<AccountAccess>();
        builder.Services.AddScoped<AccountLeaving>();
        builder.Services.AddScoped<PersonalData>();
        builder.Services.AddScoped<AccountErasure>();
        builder.Services.AddHostedService<ErasureJob>();
    }
}
