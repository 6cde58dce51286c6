using System.Net;
using Chat.Identity.Tests.Administration;
using Npgsql;

namespace Chat.Identity.Tests;

/// <summary>Changes of an account at the very moment at which a mail with a link is written for it.</summary>
public sealed class MailUnderWayTests(IdentityStores stores)
{
    [Fact]
    public async Task A_password_is_changed_while_a_newer_link_takes_the_place_of_the_older()
    {
        using var person = await Person.NewAsync(stores.Shared);
        using var client = stores.Shared.CreateClient();
        (await client.ForgotAsync(person.Email)).Expect(HttpStatusCode.Accepted);
        await client.TokenToAsync(person.Email);
        await using var mail = await MailUnderWay.BeginAsync(stores.Database);

        // As the writer does: the older link goes first.
        await mail.RunAsync("delete from mailed_tokens where account_id = $1", person.Id);
        var change = person.PostAsync("auth/change-password", new { currentPassword = Calls.Password, newPassword = "something else entirely" });
        await mail.IsWaitedForAsync();
        await mail.WriteLinkAsync(person);

        (await change).Expect(HttpStatusCode.NoContent);
    }

    [Fact]
    public async Task An_account_is_erased_while_a_mail_for_it_is_sent()
    {
        var database = await stores.CreateDatabaseAsync();
        var clock = new OffsetClock();
        await using var service = stores.Start(database, new Dictionary<string, string?> { ["Accounts:EraseEvery"] = "00:00:00.1" }, services => services.AddClock(clock));
        using var admin = await Person.NewAsync(service);
        using var person = await Person.NewAsync(service);
        (await person.DeleteAsync("users/@me")).Expect(HttpStatusCode.Accepted);
        await service.MailedTextAsync(person.Username);
        await using var mail = await MailUnderWay.BeginAsync(database);
        await using var letter = await MailUnderWay.BeginAsync(database);

        // As the dispatcher does: the mail is held while its letter is written in a transaction of its own.
        await mail.RunAsync(
            "insert into outgoing_mails (id, kind, address, account_id, created_at, due_at, attempts) values (gen_random_uuid(), 1, 'a@example.org', $1, now(), now() + interval '1 year', 0)", person.Id);
        await mail.CommitAsync();
        await mail.RunAsync("select from outgoing_mails where account_id = $1 for update", person.Id);
        clock.Advance(TimeSpan.FromDays(14.1));
        await mail.IsWaitedForAsync();
        await letter.WriteLinkAsync(person);
        await mail.CommitAsync();

        await Eventually.HoldsAsync("the account to be erased", async () => await Sql.ReadAsync<int>(database, "select state from accounts where id = $1", person.Id) == 4);
        Assert.Equal(0, await Sql.ReadAsync<long>(database, "select count(*) from mailed_tokens where account_id = $1", person.Id));
        Assert.Equal(0, await Sql.ReadAsync<long>(database, "select count(*) from outgoing_mails where account_id = $1", person.Id));
    }

    /// <summary>What the service does between two statements, held there by the test.</summary>
    private sealed class MailUnderWay(NpgsqlConnection connection, string database) : IAsyncDisposable
    {
        private NpgsqlTransaction? _transaction;

        public static async Task<MailUnderWay> BeginAsync(string database)
        {
            var connection = new NpgsqlConnection(database);
            await connection.OpenAsync(Calls.Cancel);
            return new MailUnderWay(connection, database);
        }

        public async Task RunAsync(string sql, params object[] values)
        {
            _transaction ??= await connection.BeginTransactionAsync(Calls.Cancel);
            await using var command = new NpgsqlCommand(sql, connection, _transaction);
            foreach (var value in values)
                command.Parameters.AddWithValue(value);
            await command.ExecuteNonQueryAsync(Calls.Cancel);
        }

        /// <summary>Adds a link to the account, and waits for nobody.</summary>
        public async Task WriteLinkAsync(Person person)
        {
            await RunAsync("set local lock_timeout = '5s'");
            await RunAsync(
                "insert into mailed_tokens (hash, account_id, purpose, address, expires_at) values ($1, $2, 1, $3, now() + interval '1 hour')",
                Guid.NewGuid().ToByteArray(), person.Id, person.Email);
            await CommitAsync();
        }

        public async Task CommitAsync()
        {
            if (_transaction is null)
                return;
            await _transaction.CommitAsync(Calls.Cancel);
            await _transaction.DisposeAsync();
            _transaction = null;
        }

        /// <summary>Until somebody waits for what is held here.</summary>
        public Task IsWaitedForAsync() => Eventually.HoldsAsync("somebody to wait for the mail", async () =>
            await Sql.ReadAsync<long>(database, "select count(*) from pg_stat_activity where $1 = any(pg_blocking_pids(pid))", connection.ProcessID) > 0);

        public async ValueTask DisposeAsync()
        {
            if (_transaction is not null)
                await _transaction.DisposeAsync();
            await connection.DisposeAsync();
        }
    }
}
