using Chat.Presence.Blocks;
using Chat.Presence.Data;
using Chat.Presence.Events;
using Chat.Presence.Export;
using Chat.Presence.Friends;
using Chat.Presence.Pairs;
using Chat.Presence.People;
using MassTransit;

var builder = WebApplication.CreateBuilder(args);

builder.AddServiceDefaults();
builder.AddNpgsqlDbContext<PresenceDb>("presencedb");
builder.AddMigrations<PresenceDb>();
builder.AddRedisClient("redis");
builder.AddEventBus(bus =>
{
    bus.AddConsumer<UserUpdatedConsumer, UserUpdatedConsumerDefinition>();
    bus.AddConsumer<UserDeletedConsumer, UserDeletedConsumerDefinition>();
});
builder.AddOutbox();
builder.AddIdempotencyKeys();
builder.AddPeople();
builder.AddPairs();
builder.AddFriends();
builder.AddBlocks();
builder.AddExport();

var app = builder.Build();

app.UseServiceDefaults();

app.MapDefaultEndpoints();
app.MapFriends();
app.MapFriendRequests();
app.MapBlocks();
app.MapInternalExport();

await app.RunAsync();
