using Chat.Messaging.Changes;
using Chat.Messaging.Data;
using Chat.Messaging.Messages;
using Chat.Messaging.Writing;

var builder = WebApplication.CreateBuilder(args);

builder.AddServiceDefaults();
builder.AddNpgsqlDbContext<MessagingDbContext>("messagingdb");
builder.AddMigrations<MessagingDbContext>();
builder.AddRedisClient("redis");
builder.AddEventBus();
builder.AddOutbox();
builder.AddChannelPermissions();
builder.AddMessageWriter();
builder.AddHistory();
builder.AddChangeLog();

var app = builder.Build();

app.UseServiceDefaults();
app.MapDefaultEndpoints();
app.MapMessages();
app.MapChanges();
app.MapInternalChanges();

await app.RunAsync();
