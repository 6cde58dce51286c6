using Chat.Identity.Data;
using Chat.Identity.Passwords;

namespace Chat.Identity.Accounts;

internal static class AccountRegistration
{
    public static void AddAccounts(this IHostApplicationBuilder builder)
    {
        builder.Services.AddOptions<AccountOptions>()
            .Configure(options =>
            {
                if (builder.Environment.IsDevelopment())
                    options.RegistrationsPerAddress = options.MailRequestsPerAddress = AccountOptions.DevelopmentPerAddress;
            })
            .BindConfiguration("Accounts").ValidateDataAnnotations().ValidateOnStart();

        builder.Services
            .AddIdentityCore<Account>(options =>
            {
                // An address belongs to whoever verifies it first; the database sees to that.
                options.User.RequireUniqueEmail = false;

                // Composition rules make passwords worse (NIST SP 800-63B): length is the rule.
                options.Password.RequiredLength = Password.MinLength;
                options.Password.RequireDigit = false;
                options.Password.RequireLowercase = false;
                options.Password.RequireUppercase = false;
                options.Password.RequireNonAlphanumeric = false;
            })
            .AddEntityFrameworkStores<IdentityDb>();

        builder.Services.AddSingleton<ReservedNames>();
        builder.Services.AddSingleton<RegistrationAttempts>();
        builder.Services.AddScoped<AccountRegister>();
        builder.Services.AddScoped<WaysIn>();
        builder.AddIdempotencyKeys();
    }
}
