using Chat.Identity.Accounts;
using Chat.Identity.Administration;
using Chat.Identity.Bots;
using Chat.Identity.Data;
using Chat.Identity.DataProtection;
using Chat.Identity.Export;
using Chat.Identity.External;
using Chat.Identity.Lifecycle;
using Chat.Identity.Mail;
using Chat.Identity.MailLinks;
using Chat.Identity.Notices;
using Chat.Identity.OAuth;
using Chat.Identity.Passkeys;
using Chat.Identity.Passwords;
using Chat.Identity.Profiles;
using Chat.Identity.Proof;
using Chat.Identity.Sessions;
using Chat.Identity.SigningKeys;
using Chat.Identity.Tokens;
using Chat.Identity.TwoFactor;
using Chat.Identity.Verification;

var builder = WebApplication.CreateBuilder(args);

builder.AddServiceDefaults();
builder.AddIdentityDatabase();
builder.AddRedisClient("redis");
builder.AddEventBus(_ => { });
builder.AddOutbox();

builder.AddSharedDataProtection();
builder.AddSigningKeys();
builder.AddMail();
builder.AddNotices();
builder.AddPasswords();
builder.AddAccounts();
builder.AddVerification();
builder.AddProfiles();
builder.AddSessions();
builder.AddProof();
builder.AddTwoFactor();
builder.AddTokens();
builder.AddBots();
builder.AddPasskeys();
builder.AddOAuth();
builder.AddExternal();
builder.AddAdministration();
builder.AddLifecycle();
builder.AddExport();

var app = builder.Build();

app.UseForwardedHeaders();
app.UseServiceDefaults();

app.MapDefaultEndpoints();
app.MapWellKnown();
app.MapOAuth();
app.MapMailLinks();
app.MapDevMail(app.Environment, app.Configuration);

var api = app.MapGroup("/api/v1");
api.MapAccounts();
api.MapVerification();
api.MapPasswords();
api.MapEmailChange();
api.MapProfiles();
api.MapSignIn();
api.MapSessions();
api.MapProof();
api.MapTwoFactor();
api.MapTokens();
api.MapBots();
api.MapPasskeys();
api.MapPasskeySignIn();
api.MapOAuthApi();
api.MapExternal();
api.MapAdministration();
api.MapLifecycle();
api.MapExport();

var services = app.MapInternal();
services.MapInternalSessions();
services.MapInternalTokens();
services.MapInternalProof();
services.MapInternalAccounts();

app.Run();
