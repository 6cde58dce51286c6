using System.Net;
using Chat.Stores;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Chat.Identity.Tests;

/// <summary>Mails as an SMTP server gets them.</summary>
public sealed class SmtpTests(IdentityStores stores)
{
    // Takes everything but what is for "nobody". With STARTTLS it shows a certificate that nobody has signed.
    private const string StrictServer = """
        import { SMTPServer } from 'smtp-server';
        const server = new SMTPServer({
          authOptional: true,
          hideSTARTTLS: process.argv[3] !== 'starttls',
          onRcptTo(address, session, done) {
            if (!address.address.startsWith('nobody')) return done();
            const refusal = new Error('No such user here');
            refusal.responseCode = 550;
            done(refusal);
          },
          onData(stream, session, done) {
            stream.on('data', () => {});
            stream.on('end', () => { console.log('taken for ' + session.envelope.rcptTo[0].address); done(); });
          },
        });
        server.on('error', () => {});
        server.listen(Number(process.argv[2]), '127.0.0.1', () => console.log('listening'));
        """;

    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(2);

    [Fact]
    public async Task A_mail_arrives_with_sender_subject_text_and_a_link_that_works()
    {
        var port = NodePackage.FreePort();
        await using var server = await Maildev.StartAsync(port);
        await using var identity = stores.Start(await stores.CreateDatabaseAsync(), Smtp(port, ("Auth:Issuer", "https://chat.example.org")));
        using var client = identity.CreateClient();
        var name = await RegisterAsync(client);

        var mail = await server.MailToAsync($"{name}@example.org");

        Assert.Equal("no-reply@chat.example.org", mail.From);
        Assert.Equal("Chat", mail.FromName);
        Assert.Equal("Chat: verify your e-mail address", mail.Subject);
        Assert.Equal("auto-generated", mail.Headers.GetProperty("auto-submitted").GetString());
        Assert.Contains($"Hello {name},", mail.Text, StringComparison.Ordinal);
        var link = mail.Text.Split().Single(word => word.StartsWith("https://", StringComparison.Ordinal));
        Assert.StartsWith("https://chat.example.org/verify-email?token=", link, StringComparison.Ordinal);
        (await client.PostBodyAsync("/api/v1/auth/verify-email", new { token = link.Split('=')[1] })).Expect(HttpStatusCode.NoContent);
        (await client.LoginAsync(name)).Expect(HttpStatusCode.OK);
    }

    [Fact]
    public async Task While_the_server_is_away_mails_wait_and_are_sent_when_it_returns()
    {
        var port = NodePackage.FreePort();
        var database = await stores.CreateDatabaseAsync();
        string[] names;
        await using (var identity = stores.Start(database, Smtp(port)))
        {
            using var client = identity.CreateClient();
            names = await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => RegisterAsync(client)));
            await Eventually.HoldsAsync("a first try for each mail", async () => await CountAsync(database, "where attempts > 0") == 3);
        }

        // Nor does it matter that identity itself was stopped meanwhile.
        await using var server = await Maildev.StartAsync(port);
        await using var restarted = stores.Start(database, Smtp(port));

        foreach (var name in names)
            await server.MailToAsync($"{name}@example.org");
        await Eventually.HoldsAsync("an empty queue", async () => await CountAsync(database, "") == 0);
        Assert.All(await Task.WhenAll(names.Select(name => server.MailsToAsync($"{name}@example.org"))), mails => Assert.Single(mails));
    }

    [Fact]
    public async Task Of_many_replicas_one_sends_a_mail()
    {
        var port = NodePackage.FreePort();
        await using var server = await Maildev.StartAsync(port);
        var database = await stores.CreateDatabaseAsync();
        await using var first = stores.Start(database, Smtp(port));
        await using var second = stores.Start(database, Smtp(port));
        using var client = first.CreateClient();
        using var other = second.CreateClient();

        var names = await Task.WhenAll(Enumerable.Range(0, 12).Select(i => RegisterAsync(i % 2 == 0 ? client : other)));

        await Eventually.HoldsAsync("an empty queue", async () => await CountAsync(database, "") == 0);
        Assert.All(await Task.WhenAll(names.Select(name => server.MailsToAsync($"{name}@example.org"))), mails => Assert.Single(mails));
    }

    [Fact]
    public async Task A_refused_recipient_is_given_up_and_the_others_are_served()
    {
        var port = NodePackage.FreePort();
        await using var server = await StartStrictServerAsync(port);
        var database = await stores.CreateDatabaseAsync();
        await using var identity = stores.Start(database, Smtp(port));
        using var client = identity.CreateClient();

        await RegisterAsync(client, "nobody@example.org");
        var name = await RegisterAsync(client);

        await server.ReadUntilAsync($"taken for {name}@example.org", Limit, Calls.Cancel);
        await Eventually.HoldsAsync("an empty queue", async () => await CountAsync(database, "") == 0);
    }

    [Fact]
    public async Task After_a_day_an_undeliverable_mail_is_given_up()
    {
        var database = await stores.CreateDatabaseAsync();
        var clock = new OffsetClock();
        await using var identity = stores.Start(database, Smtp(NodePackage.FreePort()), services => services.AddClock(clock));
        using var client = identity.CreateClient();
        await RegisterAsync(client);
        await Eventually.HoldsAsync("a first try", async () => await CountAsync(database, "where attempts > 0") == 1);

        clock.Advance(TimeSpan.FromHours(25));

        await Eventually.HoldsAsync("an empty queue", async () => await CountAsync(database, "") == 0);
    }

    [Fact]
    public async Task Identity_signs_in_to_the_server_and_logs_no_mail_and_no_password()
    {
        const string password = "the password of the SMTP server";
        var port = NodePackage.FreePort();
        await using var server = await Maildev.StartAsync(port, "chat", password);
        var database = await stores.CreateDatabaseAsync();
        using var log = new EverythingLogged();
        await using (var stranger = stores.Start(database, Smtp(port, ("Mail:Username", "chat"), ("Mail:Password", "a wrong password")), Logging(log)))
        {
            using var early = stranger.CreateClient();
            var waiting = await RegisterAsync(early);
            await Eventually.HoldsAsync("a first try", async () => await CountAsync(database, "where attempts > 0") == 1);
            Assert.Empty(await server.MailsToAsync($"{waiting}@example.org"));
        }

        await using var identity = stores.Start(database, Smtp(port, ("Mail:Username", "chat"), ("Mail:Password", password)), Logging(log));
        using var client = identity.CreateClient();
        var name = await RegisterAsync(client);
        var mail = await server.MailToAsync($"{name}@example.org");

        var token = mail.Text[(mail.Text.IndexOf("token=", StringComparison.Ordinal) + "token=".Length)..].Split()[0];
        Assert.Equal(43, token.Length);
        Assert.NotEmpty(log.Lines);
        foreach (var secret in new[] { password, "a wrong password", token, "follow this link", $"{name}@example.org" })
            Assert.DoesNotContain(log.Lines, line => line.Contains(secret, StringComparison.OrdinalIgnoreCase));
    }

    [Fact]
    public async Task A_server_without_STARTTLS_gets_nothing_where_it_is_insisted_on()
    {
        var port = NodePackage.FreePort();
        await using var server = await Maildev.StartAsync(port);
        var database = await stores.CreateDatabaseAsync();
        await using var identity = stores.Start(database, Smtp(port, ("Mail:StartTls", null)));
        using var client = identity.CreateClient();
        var name = await RegisterAsync(client);

        await Eventually.HoldsAsync("a first try", async () => await CountAsync(database, "where attempts > 0") == 1);
        Assert.Empty(await server.MailsToAsync($"{name}@example.org"));
    }

    [Fact]
    public async Task A_server_whose_certificate_nobody_vouches_for_gets_nothing()
    {
        var port = NodePackage.FreePort();
        await using var server = await StartStrictServerAsync(port, "starttls");
        var database = await stores.CreateDatabaseAsync();
        string name;
        await using (var identity = stores.Start(database, Smtp(port, ("Mail:StartTls", null))))
        {
            using var client = identity.CreateClient();
            name = await RegisterAsync(client);
            await Eventually.HoldsAsync("a second try", async () => await CountAsync(database, "where attempts > 1") == 1);
        }

        // The certificate is all that was wrong.
        await using var trusting = stores.Start(database, Smtp(port));
        await server.ReadUntilAsync($"taken for {name}@example.org", Limit, Calls.Cancel);
    }

    [Fact]
    public async Task A_mail_that_cannot_be_written_does_not_keep_others_waiting()
    {
        var port = NodePackage.FreePort();
        await using var server = await Maildev.StartAsync(port);
        var database = await stores.CreateDatabaseAsync();
        await using var identity = stores.Start(database, Smtp(port));
        using var client = identity.CreateClient();
        await Sql.RunAsync(
            database, "insert into outgoing_mails (id, kind, address, created_at, due_at, attempts) values (gen_random_uuid(), 99, 'a@example.org', now(), now() - interval '1 hour', 0)");

        var name = await RegisterAsync(client);

        await server.MailToAsync($"{name}@example.org");
        Assert.Equal(1, await CountAsync(database, "where kind = 99 and attempts > 0"));
    }

    [Fact]
    public async Task In_production_identity_does_not_start_without_a_mail_server_and_says_why()
    {
        var database = await stores.CreateDatabaseAsync();

        var refusal = Assert.Throws<OptionsValidationException>(() => stores.Start(database, new Dictionary<string, string?> { ["environment"] = "Production" }));

        Assert.Contains("Mail:Host", refusal.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Mail:From", "nobody")]
    [InlineData("Mail:Port", "0")]
    public async Task A_mail_setting_that_makes_no_sense_is_refused_at_the_start(string key, string value)
    {
        var database = await stores.CreateDatabaseAsync();

        var refusal = Assert.Throws<OptionsValidationException>(() => stores.Start(database, new Dictionary<string, string?> { [key] = value }));

        Assert.Contains(key.Split(':')[1], refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Where_mails_are_sent_nobody_can_read_them()
    {
        await using var identity = stores.Start(await stores.CreateDatabaseAsync(), Smtp(NodePackage.FreePort()));
        using var client = identity.CreateClient();

        // As for any path that is no route.
        (await client.ReadAsync("/dev/mail?to=ann@example.org")).ExpectProblem(HttpStatusCode.Unauthorized, "unauthenticated");
    }

    private static Dictionary<string, string?> Smtp(int port, params (string Key, string? Value)[] more)
    {
        var settings = new Dictionary<string, string?>
        {
            ["Mail:Host"] = "127.0.0.1",
            ["Mail:Port"] = $"{port}",
            ["Mail:StartTls"] = "false",
            ["Mail:From"] = "Chat <no-reply@chat.example.org>",

            // What was taken, and answered too late, would be sent again.
            ["Mail:Timeout"] = "00:01:00",
        };
        foreach (var (key, value) in more)
            settings[key] = value;
        return settings;
    }

    private static Action<IServiceCollection> Logging(EverythingLogged log) =>
        services => services.AddLogging(logging => logging.AddProvider(log).SetMinimumLevel(LogLevel.Trace));

    private static async Task<NodeProcess> StartStrictServerAsync(int port, string mode = "plain")
    {
        // maildev brings smtp-server along.
        var package = await NodePackage.InstallAsync([Maildev.Package], Calls.Cancel);
        var server = await package.StartModuleAsync(StrictServer, [$"{port}", mode], cancellationToken: Calls.Cancel);
        await server.ReadUntilAsync("listening", Limit, Calls.Cancel);
        return server;
    }

    private static async Task<string> RegisterAsync(HttpClient client, string? email = null)
    {
        var name = Calls.NewName();
        (await client.PostBodyAsync("/api/v1/auth/register", Calls.Registration(name, email))).Expect(HttpStatusCode.Created);
        return name;
    }

    private static Task<long> CountAsync(string database, string where) => Sql.ReadAsync<long>(database, $"select count(*) from outgoing_mails {where}");
}
