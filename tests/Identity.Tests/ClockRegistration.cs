using Microsoft.Extensions.DependencyInjection;

namespace Chat.Identity.Tests;

internal static class ClockRegistration
{
    public static void AddClock(this IServiceCollection services, TimeProvider clock) => services.AddSingleton(clock);
}
