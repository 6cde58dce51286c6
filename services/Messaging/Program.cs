using Chat.Messaging.Access;
using Chat.Messaging.Acting;
using Chat.Messaging.Changes;
using Chat.Messaging.Conversations;
using Chat.Messaging.Data;
using Chat.Messaging.Deleting;
using Chat.Messaging.Editing;
using Chat.Messaging.Events;
using Chat.Messaging.Export;
using Chat.Messaging.Fences;
using Chat.Messaging.Limits;
using Chat.Messaging.Measuring;
using Chat.Messaging.Mentioning;
using Chat.Messaging.Messages;
using Chat.Messaging.ReadStates;
using Chat.Messaging.Relations;
using Chat.Messaging.Search;
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
    bus.AddConsumer<ConversationDeletedConsumer, ConversationDeletedConsumerDefinition>();
    bus.AddConsumer<UserBlockedConsumer, UserBlockedConsumerDefinition>();
    bus.AddConsumer<UserUnblockedConsumer, UserUnblockedConsumerDefinition>();
    bus.AddConsumer<FriendAcceptedConsumer, FriendAcceptedConsumerDefinition>();
    bus.AddConsumer<FriendRemovedConsumer, FriendRemovedConsumerDefinition>();
});
builder.AddOutbox();
builder.AddIdempotencyKeys();
builder.AddChannelAuthority();
builder.AddMentioning();
builder.AddLimits();
builder.AddMessageWriter();
builder.AddChannelActs();
builder.AddHistory();
builder.AddChangeLog();
builder.AddFences();
builder.AddRelations();
builder.AddConversations();
builder.AddDeleting();
builder.AddEditing();
builder.AddSearch();
builder.AddReadStates();
builder.AddActivity();
builder.AddExport();

var app = builder.Build();

app.UseServiceDefaults();
app.MapDefaultEndpoints();
app.MapMessages();
app.MapEditing();
app.MapSearch();
app.MapDeleting();
app.MapConversations();
app.MapChanges();
app.MapReadStates();
app.MapMentions();
app.MapInternalChanges();
app.MapAccess();
app.MapFences();
app.MapRelations();
app.MapInternalExport();

await app.RunAsync();
