using Chat.Messaging.Changes;
using Chat.Messaging.Data;
using Chat.Messaging.Events;
using Chat.Messaging.Export;
using Chat.Messaging.Fences;
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
});
builder.AddOutbox();
builder.AddChannelPermissions();
builder.AddMessageWriter();
builder.AddHistory();
builder.AddChangeLog();
builder.AddFences();
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
