using System.Diagnostics;
using Npgsql;

namespace Chat.AppHost.Tests;

/// <summary>
/// Holds up the storing of messages in a channel, as a slow transaction would: sends that were allowed already wait in messaging's database. Whoever is to answer that none of
/// them can be stored any more has to wait for them.
/// </summary>
internal sealed class HeldChannel : IAsyncDisposable
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(60);

    private readonly NpgsqlConnection _holding;
    private readonly NpgsqlConnection _watching;

    private HeldChannel(NpgsqlConnection holding, NpgsqlConnection watching) => (_holding, _watching) = (holding, watching);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    /// <summary>Returns once all sends of the racers wait.</summary>
    public static async Task<HeldChannel> HoldAsync(RunningSystem system, Guid channel, Racers racers)
    {
        var database = await system.App.GetConnectionStringAsync("messagingdb", Cancellation);
        var held = new HeldChannel(new NpgsqlConnection(database), new NpgsqlConnection(database));
        await held._holding.OpenAsync(Cancellation);
        await held._watching.OpenAsync(Cancellation);
        await using var command = new NpgsqlCommand($"begin; select from channels where id = '{channel}' for no key update", held._holding);
        await command.ExecuteNonQueryAsync(Cancellation);
        await UntilAsync(async () => racers.AllSendsWait && await held.WaitsAsync("SELECT id, rev, last_at%"), "sends to wait");
        return held;
    }

    /// <summary>Until the fence waits for the sends, or the request did not wait for it.</summary>
    public Task UntilFencedAsync(Task answering) => UntilAsync(async () => answering.IsCompleted || await WaitsAsync("SELECT id FROM channels WHERE server_id%"), "the fence to wait");

    public Task LetGoAsync() => _holding.CloseAsync();

    public async ValueTask DisposeAsync()
    {
        await _holding.DisposeAsync();
        await _watching.DisposeAsync();
    }

    private async Task<bool> WaitsAsync(string statement)
    {
        await using var command = new NpgsqlCommand(
            "select exists (select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock' and query like $1)", _watching)
        {
            Parameters = { new() { Value = statement } },
        };
        return await command.ExecuteScalarAsync(Cancellation) is true;
    }

    private static async Task UntilAsync(Func<Task<bool>> condition, string what)
    {
        var waited = Stopwatch.StartNew();
        while (!await condition())
        {
            Assert.True(waited.Elapsed < Soon, $"waited {Soon.TotalSeconds} s for {what}");
            await Task.Delay(10, Cancellation);
        }
    }
}
