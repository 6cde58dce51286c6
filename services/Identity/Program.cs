using Chat.Identity.Accounts;
using Chat.Identity.Data;
using Chat.Identity.DataProtection;
using Chat.Identity.Passwords;
using Chat.Identity.Sessions;
using Chat.Identity.SigningKeys;

var builder = WebApplication.CreateBuilder(args);

builder.AddServiceDefaults();
builder.AddIdentityDatabase();
builder.AddRedisClient("redis");
builder.AddEventBus(_ => { });
builder.AddOutbox();

builder.AddSharedDataProtection();
builder.AddSigningKeys();
builder.AddPasswords();
builder.AddAccounts();
builder.AddSessions();

var app = builder.Build();

app.UseForwardedHeaders();
app.UseServiceDefaults();

app.MapDefaultEndpoints();
app.MapWellKnown();

var api = app.MapGroup("/api/v1");
api.MapAccounts();
api.MapSignIn();
api.MapSessions();

app.MapInternal().MapInternalSessions();

app.Run();
