using Chat.Client;
using Chat.Identity;
using Chat.Messaging;
using Chat.Realtime.Tests;
using Chat.Servers;
using Chat.Stores;
using Microsoft.Extensions.DependencyInjection;

[assembly: AssemblyFixture(typeof(World))]

namespace Chat.Realtime.Tests;

/// <summary>Identity, servers, messaging and two replicas of realtime, on real stores. Each test opens rooms of its own.</summary>
public sealed class World : IAsyncLifetime
{
    /// <summary>The public address; nothing listens there, tests go to a replica of their choice.</summary>
    public const string Issuer = "http://chat.test:8080";

    private readonly Stores.Stores _stores = new();
    private readonly Dictionary<string, string?> _settings = new(StringComparer.Ordinal);
    private RunningService<IdentityService>? _identity;
    private RunningService<ServersService>? _servers;
    private RunningService<MessagingService>? _messaging;
    private RunningService<RealtimeService>? _a;
    private RunningService<RealtimeService>? _b;

    public RunningService<IdentityService> Identity => _identity ?? throw new InvalidOperationException("Not started.");

    public RunningService<ServersService> Servers => _servers ?? throw new InvalidOperationException("Not started.");

    public RunningService<MessagingService> Messaging => _messaging ?? throw new InvalidOperationException("Not started.");

    /// <summary>One replica.</summary>
    public RunningService<RealtimeService> A => _a ?? throw new InvalidOperationException("Not started.");

    /// <summary>The other.</summary>
    public RunningService<RealtimeService> B => _b ?? throw new InvalidOperationException("Not started.");

    public string MessagingDatabase { get; private set; } = "";

    public string Redis => _stores.Redis;

    public string RabbitMq => _stores.RabbitMq;

    public async ValueTask InitializeAsync()
    {
        await _stores.InitializeAsync();
        MessagingDatabase = await _stores.CreateDatabaseAsync("messagingdb");
        _settings["ServiceKey"] = Stores.Stores.ServiceKey;
        _settings["Auth:Issuer"] = Issuer;
        _settings["ConnectionStrings:redis"] = _stores.Redis;
        _settings["ConnectionStrings:rabbitmq"] = _stores.RabbitMq;
        _settings["ConnectionStrings:identitydb"] = await _stores.CreateDatabaseAsync("identitydb");
        _settings["ConnectionStrings:serversdb"] = await _stores.CreateDatabaseAsync("serversdb");
        _settings["ConnectionStrings:messagingdb"] = MessagingDatabase;
        _settings["Passwords:Iterations"] = "1000";
        _identity = RunningService.Start<IdentityService>(_settings);
        _settings["services:identity:http:0"] = _identity.Address.ToString();
        // Servers and messaging ask each other: the address is known before messaging listens there.
        var port = NodePackage.FreePort();
        _settings["services:messaging:http:0"] = $"http://127.0.0.1:{port}";
        _servers = RunningService.Start<ServersService>(_settings);
        _settings["services:servers:http:0"] = _servers.Address.ToString();
        // Tests fill channels as fast as they can.
        _messaging = RunningService.Start<MessagingService>(new Dictionary<string, string?>(_settings, StringComparer.Ordinal) { ["Limits:Enabled"] = "false" }, port: port);
        _a = await StartAsync();
        _b = await StartAsync();
        // Events of the first test are heard too.
        await Task.WhenAll(_identity.ListensAsync(), _servers.ListensAsync(), _messaging.ListensAsync());
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var service in new IAsyncDisposable?[] { _a, _b, _messaging, _servers, _identity })
        {
            // Not all of them are there when one did not start.
            if (service is not null)
                await service.DisposeAsync();
        }
        await _stores.DisposeAsync();
    }

    /// <summary>Starts a further replica, which the caller stops, and waits until it hears the bus.</summary>
    public Task<RunningService<RealtimeService>> StartAsync(params (string Key, string Value)[] settings) => StartAsync(null, settings);

    /// <param name="services">Replaces registrations.</param>
    public async Task<RunningService<RealtimeService>> StartAsync(Action<IServiceCollection>? services, params (string Key, string Value)[] settings)
    {
        var all = new Dictionary<string, string?>(_settings, StringComparer.Ordinal);
        foreach (var (key, value) in settings)
            all[key] = value;
        var replica = RunningService.Start<RealtimeService>(all, services);
        using var client = replica.CreateClient();
        await Eventually.HoldsAsync("realtime is healthy", async () =>
        {
            using var health = await client.GetAsync(new Uri("/health", UriKind.Relative));
            return health.IsSuccessStatusCode;
        });
        return replica;
    }

    /// <summary>Somebody who is signed in.</summary>
    public async Task<Person> PersonAsync(string name)
    {
        var account = await Identity.SignUpAsync(name, TestContext.Current.CancellationToken);
        return new Person(this, account);
    }

    /// <summary>A server of a new owner, with its channel.</summary>
    public async Task<Room> RoomAsync()
    {
        var owner = await PersonAsync("owner");
        var server = await owner.Rest.CreateServerAsync("A room", TestContext.Current.CancellationToken);
        // Not the first one: nobody is greeted here.
        var channel = await owner.Rest.CreateChannelAsync(server.Id, "room", cancel: TestContext.Current.CancellationToken);
        return new Room(this, owner, server.Id, channel.Id);
    }

    /// <summary>Takes a request to the service that the gateway would take it to.</summary>
    internal HttpMessageHandler Router() => new RoutingHandler(this);

    private sealed class RoutingHandler(World world) : DelegatingHandler(new SocketsHttpHandler { UseCookies = false })
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            var path = request.RequestUri?.PathAndQuery ?? "";
            var service = path.Split('/', '?') switch
            {
                ["", "api", "v1", "auth" or "users", ..] => world.Identity.Address,
                ["", "api", "v1", "channels", _, "messages" or "changes" or "threads", ..] or ["", "api", "v1", "threads", ..] => world.Messaging.Address,
                ["", "api", "v1", "realtime", ..] => world.A.Address,
                _ => world.Servers.Address,
            };
            request.RequestUri = new Uri(service, path);
            return base.SendAsync(request, cancellationToken);
        }
    }
}

/// <summary>Somebody, with the means to speak to every service.</summary>
public sealed class Person(World world, Account account)
{
    public Account Account { get; } = account;

    public ChatClient Rest { get; } = new(new Uri(World.Issuer), new ChatClientOptions { AccessToken = account.Token, Handler = world.Router() });

    /// <summary>A socket to a replica (or to each in turn) that checks every frame.</summary>
    public ChatSocket Socket(params RunningService<RealtimeService>[] replicas) => Socket(null, replicas);

    public ChatSocket Socket(ChatSocketOptions? options, params RunningService<RealtimeService>[] replicas)
    {
        var turn = 0;
        return new ChatSocket(async cancel =>
        {
            var ticket = await Rest.TicketAsync(cancel);
            return ticket with { Url = At(replicas.Length == 0 ? world.A : replicas[turn++ % replicas.Length], ticket.Ticket) };
        }, options);
    }

    /// <summary>A bare WebSocket that has not said anything yet.</summary>
    internal Task<RawSocket> RawAsync(RunningService<RealtimeService>? replica = null) =>
        RawSocket.OpenAsync(async () => At(replica ?? world.A, (await Rest.TicketAsync(TestContext.Current.CancellationToken)).Ticket));

    /// <summary>Ends this session.</summary>
    public async Task LogOutAsync()
    {
        using var client = world.Identity.CreateClient(Account.Token);
        using var answer = await client.PostAsync(new Uri("/api/v1/auth/logout", UriKind.Relative), null, TestContext.Current.CancellationToken);
        answer.EnsureSuccessStatusCode();
    }

    public static Uri At(RunningService<RealtimeService> replica, string ticket) =>
        new UriBuilder(replica.Address) { Scheme = "ws", Path = "/ws", Query = $"ticket={ticket}" }.Uri;
}

/// <summary>A server with one channel.</summary>
public sealed class Room(World world, Person owner, Guid server, Guid channel)
{
    public Person Owner { get; } = owner;

    public Guid Server { get; } = server;

    public Guid Channel { get; } = channel;

    public Task<ChatMessage> SayAsync(string content = "hello") => Owner.Rest.SendAsync(Channel, content, cancel: TestContext.Current.CancellationToken);

    /// <summary>A further channel.</summary>
    public async Task<Guid> ChannelAsync(string name) => (await Owner.Rest.CreateChannelAsync(Server, name, cancel: TestContext.Current.CancellationToken)).Id;

    /// <summary>Sends n messages, in any order.</summary>
    public async Task FillAsync(int count)
    {
        foreach (var group in Enumerable.Range(0, count).Chunk(100))
            await Task.WhenAll(group.Select(i => SayAsync($"message {i}")));
    }

    /// <summary>Somebody new joins.</summary>
    public async Task<Person> MemberAsync(string name = "member")
    {
        var person = await world.PersonAsync(name);
        var invite = await Owner.Rest.CreateInviteAsync(Server, cancel: TestContext.Current.CancellationToken);
        await person.Rest.AcceptInviteAsync(invite.Code, TestContext.Current.CancellationToken);
        return person;
    }
}
