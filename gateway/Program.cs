using Chat.Gateway;
using Chat.Gateway.Browsers;
using Chat.Gateway.Limits;
using Chat.Gateway.Routing;
using Chat.Gateway.Sessions;

var builder = WebApplication.CreateBuilder(args);

builder.AddRequestDefaults();
builder.AddGatewayOptions();
builder.AddLimits();
builder.AddBrowserRules();
builder.AddSessions();
builder.AddProxy();

var app = builder.Build();

app.UseMiddleware<SecurityHeaders>();
app.UseForwardedHeaders();
app.UseRequestDefaults();
app.UseMiddleware<PathGuard>();
app.UseRouting();
app.MapDefaultEndpoints();
app.MapWelcome();
app.MapReverseProxy(proxy =>
{
    proxy.UseMiddleware<BrowserRules>();
    proxy.UseMiddleware<BodyLimit>();
    proxy.UseMiddleware<OpenSockets>();
    proxy.UseMiddleware<ProxyFailures>();
    proxy.UseMiddleware<SessionBearer>();
    proxy.UseMiddleware<FailOver>();
    proxy.UseLoadBalancing();
    proxy.UsePassiveHealthChecks();
});

app.Run();
