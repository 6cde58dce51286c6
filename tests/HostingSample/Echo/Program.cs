var app = WebApplication.CreateBuilder(args).Build();

app.MapGet("/health", () => "ok");
app.MapGet("/process", () => Environment.ProcessId);
app.MapGet("/arguments", () => args);
app.MapGet("/directory", () => Environment.CurrentDirectory);
app.MapGet("/environment/{name}", (string name) => Environment.GetEnvironmentVariable(name) is { } value ? Results.Text(value) : Results.NotFound());
app.MapPost("/exit/{code:int}", (int code) => Environment.Exit(code));

app.Run();
