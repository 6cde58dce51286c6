using Chat.ServiceDefaults;

namespace Chat.Messaging.Limits;

internal static class LimitsExtensions
{
    public static void AddLimits(this IHostApplicationBuilder builder)
    {
        builder.Services.AddOptions<LimitsOptions>()
            .BindConfiguration("Limits")
            .Validate(options => options.Channel.IsSound && options.Person.IsSound && options.Changes.IsSound && options.Requests.IsSound, "Limits: a quota is 0 to 1,000,000, a window a millisecond to a day.")
            .Validate(
                options => options.RedisTimeout > TimeSpan.Zero && options.RedisTimeout <= TimeSpan.FromMinutes(1) && options.LocalCounters > 0,
                "Limits: Redis has a time of up to a minute, and there is room for a counter.")
            .ValidateOnStart();
        builder.Services.AddSingleton<RateLimits>();
        builder.Services.AddSingleton<ChangeLimits>();
        builder.Services.AddSingleton<RequestLimits>();
        builder.Services.AddScoped<SendLimits>();
    }

    /// <summary>Has every answer of a route under <c>{channel}</c> tell its caller how the limits of sending stand, refusals and failures too. The route itself counts, by <see cref="SendLimits"/>.</summary>
    public static RouteHandlerBuilder WithSendLimits(this RouteHandlerBuilder route)
    {
        route.Finally(endpoint =>
        {
            if (endpoint.RequestDelegate is { } handle)
            {
                endpoint.RequestDelegate = context =>
                {
                    // Written later than by the handler of exceptions, which clears headers, and route values too.
                    if (Guid.TryParse(context.Request.RouteValues["channel"]?.ToString(), out var channel))
                        context.Response.OnStarting(() => AnnounceAsync(context, channel));
                    return handle(context);
                };
            }
        });
        return route;
    }

    /// <summary>Counts each call of these routes by <see cref="ChangeLimits"/> before it is looked at further: 429, or its answer with the headers.</summary>
    public static TBuilder WithChangeLimits<TBuilder>(this TBuilder routes) where TBuilder : IEndpointConventionBuilder =>
        routes.AddEndpointFilter(async (context, next) =>
        {
            var http = context.HttpContext;
            if (Caller.From(http.User) is not { } caller
                || await http.RequestServices.GetRequiredService<ChangeLimits>().TakeAsync(caller.Id, http.RequestAborted) is not { } decision)
                return await next(context);

            http.Response.OnStarting(() =>
            {
                LimitAnswers.Announce(http.Response, decision);
                return Task.CompletedTask;
            });
            return LimitAnswers.Refusal(decision) ?? await next(context);
        });

    private static async Task AnnounceAsync(HttpContext context, Guid channel)
    {
        if (Caller.From(context.User) is { } caller)
            LimitAnswers.Announce(context.Response, await context.RequestServices.GetRequiredService<SendLimits>().StandAsync(channel, caller.Id));
    }
}
