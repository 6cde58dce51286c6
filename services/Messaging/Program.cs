using Chat.Messaging.Changes;
using Chat.Messaging.Data;
using Chat.Messaging.Deleting;
using Chat.Messaging.Events;
using Chat.Messaging.Export;
using Chat.Messaging.Fences;
using Chat.Messaging.Measuring;
using Chat.Messaging.Messages;
using Chat.Messaging.Writing;
using MassTransit;

var builder = WebApplication.CreateBuilder(args);

builder.AddServiceDefaults();
builder.AddNpgsqlDbContext<MessagingDbContext>("messagingdb");
builder.AddMigrations<MessagingDbContext>();
builder.AddRedisClient("redis");
builder.AddEventBus(bus =>
{
    bus.AddConsumer<UserUpdatedConsumer, UserUpdatedConsumerDefinition>();
    bus.AddConsumer<UserDeletedConsumer, UserDeletedConsumerDefinition>();
    bus.AddConsumer<MemberBannedConsumer, MemberBannedConsumerDefinition>();
    bus.AddConsumer<ChannelDeletedConsumer, ChannelDeletedConsumerDefinition>();
    bus.AddConsumer<ServerDeletedConsumer, ServerDeletedConsumerDefinition>();
});
builder.AddOutbox();
builder.AddChannelPermissions();
builder.AddMessageWriter();
builder.AddHistory();
builder.AddChangeLog();
builder.AddFences();
builder.AddDeleting();
builder.AddActivity();
builder.AddExport();

var app = builder.Build();

app.UseServiceDefaults();
app.MapDefaultEndpoints();
app.MapMessages();
app.MapChanges();
app.MapInternalChanges();
app.MapFences();
app.MapInternalExport();

await app.RunAsync();
