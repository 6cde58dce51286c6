namespace Chat.Messaging.Writing;

internal static class WriterExtensions
{
    public static void AddMessageWriter(this IHostApplicationBuilder builder)
    {
        builder.Services.AddOptions<WriterOptions>()
            .BindConfiguration("Writer")
            .Validate(
                options => options is { Lanes: > 0, QueueLength: > 0, GroupSize: > 0 and <= MessageId.MaxPerMillisecond }
                    && options.MaxWait > TimeSpan.Zero && options.CommitTimeout > TimeSpan.Zero,
                "Writer: lanes, lengths and times are positive, a group has 4096 messages at most.")
            .ValidateOnStart();
        builder.Services.AddSingleton<WriterTelemetry>();
        builder.Services.AddSingleton<GroupCommit>();
        builder.Services.AddSingleton<MessageWriter>();
        builder.Services.AddHostedService(services => services.GetRequiredService<MessageWriter>());
    }
}
