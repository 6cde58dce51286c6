using Chat.ServiceDefaults.Events;
using Chat.ServiceDefaults.Json;
using Chat.ServiceDefaults.Tokens;
using MassTransit;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace Microsoft.Extensions.Hosting;

/// <summary>RabbitMQ through MassTransit.</summary>
public static class EventBusExtensions
{
    /// <summary>
    /// Registers the bus on <c>ConnectionStrings:rabbitmq</c>. Bodies are plain JSON, the type travels in the <c>MT-MessageType</c> header; publishes are
    /// confirmed by the broker. Queue names are prefixed with the service's name. The service starts without waiting for the broker.
    /// </summary>
    /// <param name="register">Adds consumers with their definitions.</param>
    /// <param name="configure">Adds endpoints that no definition can express, such as one queue per replica.</param>
    public static void AddEventBus(
        this IHostApplicationBuilder builder,
        Action<IBusRegistrationConfigurator>? register = null,
        Action<IBusRegistrationContext, IRabbitMqBusFactoryConfigurator>? configure = null)
    {
        var text = builder.Configuration.GetConnectionString("rabbitmq")
            ?? throw new InvalidOperationException("ConnectionStrings:rabbitmq is not configured.");
        builder.Services.AddOptions<MassTransitHostOptions>().Configure(options =>
        {
            options.WaitUntilStarted = false;
            options.StopTimeout = TimeSpan.FromSeconds(5);
        });
        builder.Services.AddMassTransit(bus =>
        {
            // MassTransit would report how it is used to its makers. Nothing leaves this system unasked.
            bus.DisableUsageTelemetry();
            bus.SetEndpointNameFormatter(new KebabCaseEndpointNameFormatter(ServiceTokens.NameOf(builder.Environment), includeNamespace: false));
            register?.Invoke(bus);
            bus.UsingRabbitMq((context, rabbit) =>
            {
                Connect(rabbit, new Uri(text));
                rabbit.UseRawJsonSerializer(RawSerializerOptions.AddTransportHeaders | RawSerializerOptions.CopyHeaders, isDefault: true);
                rabbit.ConfigureJsonSerializerOptions(options =>
                {
                    JsonDefaults.Apply(options);
                    // For people, by default.
                    options.WriteIndented = false;
                    return options;
                });
                rabbit.UseFilter(new UnfinishedFilter(context.GetRequiredService<IHostApplicationLifetime>()));
                configure?.Invoke(context, rabbit);
                rabbit.ConfigureEndpoints(context);
            });
        });
        builder.Services.AddHostedService<StuckBus>();
    }

    private static void Connect(IRabbitMqBusFactoryConfigurator rabbit, Uri address)
    {
        var credentials = address.UserInfo.Split(':', 2);
        var port = address.Port > 0 ? address.Port : 5672;
        rabbit.Host(address.Host, (ushort)port, Uri.UnescapeDataString(address.AbsolutePath) is { Length: > 1 } path ? path[1..] : "/", host =>
        {
            if (credentials is [var user, var password])
            {
                host.Username(Uri.UnescapeDataString(user));
                host.Password(Uri.UnescapeDataString(password));
            }

            host.PublisherConfirmation = true;
            host.Heartbeat(TimeSpan.FromSeconds(10));
            host.RequestedConnectionTimeout(TimeSpan.FromSeconds(3));
        });
    }
}
