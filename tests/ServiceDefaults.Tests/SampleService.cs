using Chat.Contracts;
using Chat.ServiceDefaults.Events;
using MassTransit;
using Microsoft.AspNetCore.Authentication.JwtBearer;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Chat.ServiceDefaults.Tests;

/// <summary>The smallest service that uses all the defaults: it keeps notes, announces each, and hears its own announcements.</summary>
internal sealed class SampleService : IAsyncDisposable
{
    private readonly WebApplication _app;

    private SampleService(WebApplication app, HttpClient client) => (_app, Client) = (app, client);

    public HttpClient Client { get; }

    public IServiceProvider Services => _app.Services;

    public Heard Heard => Services.GetRequiredService<Heard>();

    public static async Task<SampleService> StartAsync(TestStores stores, string database, Action<IServiceCollection>? configure = null, string? rabbitMq = null, Uri? identity = null, Dictionary<string, string?>? settings = null)
    {
        var builder = WebApplication.CreateBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseSetting("urls", "http://127.0.0.1:0");
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["ServiceKey"] = TestStores.ServiceKey,
            ["ConnectionStrings:notesdb"] = database,
            ["ConnectionStrings:redis"] = stores.Redis,
            ["ConnectionStrings:rabbitmq"] = rabbitMq ?? stores.RabbitMq,
            ["services:identity:http:0"] = identity?.ToString(),
        });
        builder.Configuration.AddInMemoryCollection(settings ?? []);
        builder.AddServiceDefaults();
        builder.AddNpgsqlDbContext<NotesContext>("notesdb");
        builder.AddRedisClient("redis");
        builder.Services.AddSingleton<Heard>();
        builder.AddEventBus(bus => bus.AddConsumer<Listener, ListenerDefinition>());
        builder.AddOutbox();
        builder.AddIdempotencyKeys();
        configure?.Invoke(builder.Services);
        var app = builder.Build();
        app.UseServiceDefaults();
        app.MapDefaultEndpoints();
        app.MapPost("/notes", CreateAsync).AllowAnonymous();
        app.MapGet("/mine", (Caller caller) => TypedResults.Ok(caller));
        app.MapGet("/broken", IResult () => throw new FormatException("a secret detail")).AllowAnonymous();
        app.MapPost("/crossing", CrossAsync).AllowAnonymous();
        app.MapInternal().MapGet("/ping", () => TypedResults.Ok("pong"));
        MapShelf(app);
        await app.StartAsync(TestContext.Current.CancellationToken);
        if (rabbitMq is null)
        {
            // Only a queue that exists receives what is published from here on.
            Assert.Equal(BusHealthStatus.Healthy, await app.Services.GetRequiredService<IBusControl>().WaitForHealthStatus(BusHealthStatus.Healthy, TimeSpan.FromMinutes(1)));
        }

        return new SampleService(app, new HttpClient { BaseAddress = new Uri(app.Urls.First()) });
    }

    public static async Task<string> CreateDatabaseAsync(TestStores stores)
    {
        var database = await stores.CreateDatabaseAsync("notes", TestContext.Current.CancellationToken);
        await using var db = new NotesContext(new DbContextOptionsBuilder<NotesContext>().UseNpgsql(database).Options);
        await db.Database.EnsureCreatedAsync(TestContext.Current.CancellationToken);
        return database;
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await _app.StopAsync();
        await _app.DisposeAsync();
    }

    /// <summary>Routes that are open to tokens with scopes, and some beside them that are not.</summary>
    private static void MapShelf(WebApplication app)
    {
        string[] all = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"];
        var shelf = app.MapGroup("/shelf").WithScopes("shelf");
        shelf.MapMethods("", all, () => TypedResults.Ok());
        shelf.MapPost("/exact", () => TypedResults.Ok()).WithScope("exact:read");
        shelf.MapGet("/who", (Caller caller) => TypedResults.Ok(caller));
        shelf.MapGet("/curated", () => TypedResults.Ok()).RequireAuthorization(Curators);
        app.MapGet("/curated", () => TypedResults.Ok()).RequireAuthorization(Curators);
        app.MapGet("/open", (HttpContext http) => TypedResults.Ok(Caller.From(http.User)?.Username ?? "nobody")).AllowAnonymous();
        app.MapGet("/open/marked", (HttpContext http) => TypedResults.Ok(Caller.From(http.User)?.Username ?? "nobody")).AllowAnonymous().WithScopes("shelf");

        // A policy of a route's own that says nothing about scopes.
        static void Curators(AuthorizationPolicyBuilder policy) => policy.AddAuthenticationSchemes(JwtBearerDefaults.AuthenticationScheme).RequireClaim("preferred_username", "ada");
    }

    private static async Task<Results<Created<Note>, ProblemHttpResult>> CreateAsync(
        NewNote request, NotesContext db, Outbox outbox, HttpContext http, CancellationToken cancellationToken)
    {
        if (request.Text.Length > 100)
        {
            return Problems.Validation(new FieldError("text", "too_long", "At most 100 characters."));
        }

        var result = await Idempotency.Idempotency.CreateAsync<Note>(
            db,
            http,
            request.User,
            request,
            async ct =>
            {
                var note = new Note { Id = Guid.CreateVersion7(), Text = request.Text };
                db.Add(note);
                db.Add(OutboxMessage.From(new UserUpdated { User = note.Id, Username = "n", DisplayName = request.Text, At = DateTimeOffset.UtcNow }, request.Key));
                await db.SaveChangesAsync(ct);
                return request.Text == "refuse" ? Problems.Conflict("refused", "No.") : TypedResults.Created($"/notes/{note.Id}", note);
            },
            cancellationToken);
        outbox.Wake();
        return result;
    }

    /// <summary>Takes the lock 1, and the lock 2 once somebody waits for the first.</summary>
    private static async Task<NoContent> CrossAsync(NotesContext db, CancellationToken cancellationToken)
    {
        await db.Database.ExecuteSqlRawAsync(
            """
            do $$
            begin
                perform pg_advisory_xact_lock(1);
                while not exists (select from pg_locks where locktype = 'advisory' and not granted and database = (select oid from pg_database where datname = current_database())) loop
                    perform pg_sleep(0.01);
                end loop;
                perform pg_advisory_xact_lock(2);
            end $$
            """,
            cancellationToken);
        return TypedResults.NoContent();
    }

    internal sealed record NewNote(string Text, string Key, Guid? User = null);
}

internal sealed class Note
{
    public Guid Id { get; init; }

    public required string Text { get; init; }
}

internal sealed class NotesContext(DbContextOptions<NotesContext> options) : DbContext(options)
{
    public DbSet<Note> Notes => Set<Note>();

    protected override void OnModelCreating(ModelBuilder modelBuilder)
    {
        modelBuilder.AddOutbox();
        modelBuilder.AddIdempotencyKeys();
    }
}

/// <summary>What the consumer has received, in order, with the trace it came in.</summary>
internal sealed class Heard
{
    private readonly Lock _lock = new();
    private readonly List<(string Text, string Trace)> _all = [];

    public void Add(string text, string trace)
    {
        lock (_lock)
        {
            _all.Add((text, trace));
        }
    }

    public IReadOnlyList<(string Text, string Trace)> All()
    {
        lock (_lock)
        {
            return [.. _all];
        }
    }

    /// <summary>Polls until <paramref name="count"/> different texts with the prefix have come in.</summary>
    public async Task<IReadOnlyList<string>> WaitAsync(string prefix, int count, TimeSpan? limit = null)
    {
        var deadline = DateTimeOffset.UtcNow + (limit ?? TimeSpan.FromSeconds(60));
        while (true)
        {
            var texts = All().Select(heard => heard.Text).Where(text => text.StartsWith(prefix, StringComparison.Ordinal)).Distinct(StringComparer.Ordinal).ToList();
            if (texts.Count >= count)
            {
                return texts;
            }

            Assert.True(DateTimeOffset.UtcNow < deadline, $"waited for {count} events of {prefix}, heard {texts.Count}");
            await Task.Delay(10, TestContext.Current.CancellationToken);
        }
    }
}

internal sealed class Listener(Heard heard) : IConsumer<UserUpdated>
{
    public Task Consume(ConsumeContext<UserUpdated> context)
    {
        heard.Add(context.Message.DisplayName, System.Diagnostics.Activity.Current?.TraceId.ToString() ?? "");
        return Task.CompletedTask;
    }
}

internal sealed class ListenerDefinition : ConsumerDefinition<Listener>
{
    public ListenerDefinition()
    {
        EndpointName = $"notes-{Guid.NewGuid():n}";
        ConcurrentMessageLimit = 1;
    }

    protected override void ConfigureConsumer(IReceiveEndpointConfigurator endpointConfigurator, IConsumerConfigurator<Listener> consumerConfigurator, IRegistrationContext context)
    {
        if (endpointConfigurator is IRabbitMqReceiveEndpointConfigurator rabbit)
        {
            rabbit.AutoDelete = true;
        }
    }
}
