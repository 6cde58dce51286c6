using Chat.Servers.Access;
using Chat.Servers.Audit;
using Chat.Servers.Bans;
using Chat.Servers.Changes;
using Chat.Servers.Channels;
using Chat.Servers.Data;
using Chat.Servers.Discovery;
using Chat.Servers.Events;
using Chat.Servers.Export;
using Chat.Servers.Invites;
using Chat.Servers.Members;
using Chat.Servers.People;
using Chat.Servers.Roles;
using Chat.Servers.Servers;
using Chat.Servers.Templates;
using MassTransit;

var builder = WebApplication.CreateBuilder(args);

builder.AddServiceDefaults();
// One server has ten members and another ten thousand: a plan made once for any of them is made for the small.
builder.AddNpgsqlDbContext<ServersDb>("serversdb", "-c plan_cache_mode=force_custom_plan");
builder.AddMigrations<ServersDb>();
builder.AddRedisClient("redis");
builder.AddEventBus(bus =>
{
    bus.AddConsumer<UserUpdatedConsumer, UserUpdatedConsumerDefinition>();
    bus.AddConsumer<UserDeletedConsumer, UserDeletedConsumerDefinition>();
    bus.AddConsumer<ServerActivityConsumer, ServerActivityConsumerDefinition>();
    bus.AddConsumer<MessagesModeratedConsumer, MessagesModeratedConsumerDefinition>();
});
builder.AddOutbox();
builder.AddIdempotencyKeys();
builder.AddPermissionModel();
builder.AddServerChanges();
builder.AddServers();
builder.AddChannels();
builder.AddRoles();
builder.AddTemplates();
builder.AddAuditLog();
builder.AddMembers();
builder.AddBans();
builder.AddInvites();
builder.AddDiscovery();
builder.AddExport();
builder.AddPeople();

var app = builder.Build();

app.UseServiceDefaults();

app.MapDefaultEndpoints();
app.MapServers();
app.MapServerLifecycle();
app.MapTemplates();
app.MapAuditLog();
app.MapChannels();
app.MapCategories();
app.MapOverrides();
app.MapRoles();
app.MapMembers();
app.MapBans();
app.MapInvites();
app.MapDiscovery();
app.MapPermissions();
app.MapInternalExport();
app.MapPeople();

app.Run();
