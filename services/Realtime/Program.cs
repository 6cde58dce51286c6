using Chat.Realtime;
using Chat.Realtime.Channels;
using Chat.Realtime.Events;
using Chat.Realtime.Sockets;
using Chat.Realtime.Tickets;

var builder = WebApplication.CreateBuilder(args);

builder.AddServiceDefaults();
builder.AddRedisClient("redis");
builder.AddChannelPermissions();
builder.AddRealtimeOptions();
builder.AddTickets();
builder.AddSockets();
builder.AddChannelFeeds();
builder.AddEvents();

var app = builder.Build();

app.UseServiceDefaults();
app.UseWebSockets(new WebSocketOptions { KeepAliveInterval = TimeSpan.Zero });
app.MapDefaultEndpoints();
app.MapTickets();
app.MapSockets();

app.Run();
