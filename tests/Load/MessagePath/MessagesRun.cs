using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Npgsql;

namespace Chat.Load.MessagePath;

/// <summary>
/// What reading costs in a channel of a million messages and in one of a hundred, and what searching costs among five million: one request after another on messaging's own address,
/// everything in turns, so that whatever else the machine does meanwhile falls on all of it.
/// </summary>
internal static class MessagesRun
{
    private const int Channels = 500;
    private const int Authors = 2000;
    private const int WarmUp = 20;

    private static readonly RigMode Mode = new("seeded");

    public static async Task<int> RunAsync(LoadOptions options)
    {
        await using var rig = await MessagingRig.StartAsync([Mode]);
        var place = Place.New(Channels, Authors);
        await place.FillAsync(await rig.ServersDatabaseAsync());
        var seed = new MessageSeed(place, options.Messages);
        await seed.FillAsync(await rig.StoreAsync(Mode.Database));
        await place.WarmAsync(rig, Mode);
        using var http = new HttpClient(new SocketsHttpHandler { UseCookies = false }) { BaseAddress = rig.Address(Mode) };
        http.DefaultRequestHeaders.Authorization = new("Bearer", rig.Tokens.For(place.People[0].Id, place.People[0].Name));

        var probes = Probes(place, seed);
        for (var round = 0; round < WarmUp; round++)
            await RoundAsync(http, [.. probes.Select(probe => (probe.Path, new Latencies()))]);
        var measured = probes.Select(probe => (probe.Name, probe.Path, Latencies: new Latencies())).ToArray();
        for (var started = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(started) < options.Length;)
            await RoundAsync(http, [.. measured.Select(probe => (probe.Path, probe.Latencies))]);

        var load = (await File.ReadAllTextAsync("/proc/loadavg")).Split(' ')[0];
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{options.Messages:N0} messages, {options.Messages / 5:N0} of them in the big channel, {MessageSeed.SmallChannel} in the small one; {Environment.ProcessorCount} cores, load {load}; ms"));
        Console.WriteLine();
        Console.WriteLine("| | p50 | p95 | p99 | answers |");
        Console.WriteLine("|---|---|---|---|---|");
        foreach (var (name, _, latencies) in measured)
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"| {name} | {latencies.Percentile(0.5):0.0} | {latencies.Percentile(0.95):0.0} | {latencies.Percentile(0.99):0.0} | {latencies.Statuses()} |"));
        Console.WriteLine();
        var sizes = await SizesAsync(await rig.StoreAsync(Mode.Database));
        await File.WriteAllTextAsync(options.Output, JsonSerializer.Serialize(new
        {
            options.Messages,
            Probes = measured.Select(probe => new { probe.Name, P50 = probe.Latencies.Percentile(0.5), P95 = probe.Latencies.Percentile(0.95), P99 = probe.Latencies.Percentile(0.99), probe.Latencies.Count }),
            Sizes = sizes.Select(size => new { size.Name, size.Bytes }),
        }));
        return 0;
    }

    private static (string Name, Func<string> Path)[] Probes(Place place, MessageSeed seed)
    {
        var random = new SeedText(seed: 11);
        var (big, small) = ($"/api/v1/channels/{seed.Big}", $"/api/v1/channels/{seed.Small}");
        const string search = "/api/v1/search?q=";
        // A different place each time, or only one page would be read from memory.
        string Middle() => (1 + random.Next((int)seed.BigRev)).ToString(CultureInfo.InvariantCulture);
        string Within() => (51 + random.Next(MessageSeed.SmallChannel / 2)).ToString(CultureInfo.InvariantCulture);
        string Text(string query) => search + Uri.EscapeDataString(query);
        return
        [
            ("newest 50, big channel", () => $"{big}/messages"),
            ("newest 50, small channel", () => $"{small}/messages"),
            ("50 before, big channel", () => $"{big}/messages?before={Middle()}"),
            ("50 before, small channel", () => $"{small}/messages?before={Within()}"),
            ("50 after, big channel", () => $"{big}/messages?after={Middle()}"),
            ("50 after, small channel", () => $"{small}/messages?after={random.Next(50)}"),
            ("50 around, big channel", () => $"{big}/messages?around={Middle()}"),
            ("50 around, small channel", () => $"{small}/messages?around={Within()}"),
            ("100 changes, big channel", () => $"{big}/changes?after={Middle()}&limit=100"),
            ("100 changes, small channel", () => $"{small}/changes?after=0&limit=100"),
            ("search: a common word", () => Text(SeedText.Common)),
            ("search: a rare word", () => Text(SeedText.Rare)),
            ("search: a word of a few messages", () => Text(SeedText.Few)),
            ("search: three words", () => Text("people water kestrel")),
            ("search: a part of a word", () => Text("estre")),
            ("search: Chinese", () => Text("数据库")),
            ("search: Japanese", () => Text("バージョン")),
            ("search: nothing", () => Text("qqqqzzzz")),
            ("search: a common word in the big channel", () => Text($"{SeedText.Common} in:{seed.Big}")),
            ("search: a common word in the small channel", () => Text($"{SeedText.Common} in:{seed.Small}")),
            ("search: a common word from somebody who writes much", () => Text($"{SeedText.Common} from:{place.People[1].Name}")),
            ("search: a common word from somebody who writes little", () => Text($"{SeedText.Common} from:{place.People[^1].Name}")),
            ("search: a rare word with a link", () => Text($"{SeedText.Rare} has:link")),
            ("search: mentions of somebody", () => Text($"mentions:{place.People[7].Name}")),
            ("search: a common word before a year ago", () => Text($"{SeedText.Common} before:{DateTimeOffset.UtcNow.AddYears(-1):yyyy-MM-dd}")),
            ("search: what is pinned", () => Text("pinned:true")),
        ];
    }

    private static async Task RoundAsync(HttpClient http, (Func<string> Path, Latencies Latencies)[] probes)
    {
        foreach (var (path, latencies) in probes)
        {
            var address = new Uri(path(), UriKind.Relative);
            var started = Stopwatch.GetTimestamp();
            using var response = await http.GetAsync(address);
            latencies.Add(Stopwatch.GetElapsedTime(started), (int)response.StatusCode);
        }
    }

    private static async Task<List<(string Name, long Bytes)>> SizesAsync(string database)
    {
        const string sql = """
            select c.relname, c.relkind::text, c.reltuples::bigint, pg_table_size(c.oid), coalesce(t.relname, '') from pg_class c
            left join pg_index i on i.indexrelid = c.oid left join pg_class t on t.oid = i.indrelid
            where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'i', 'm') and pg_table_size(c.oid) > 1048576
            order by coalesce(t.relname, c.relname), c.relkind desc, pg_table_size(c.oid) desc
            """;
        var sizes = new List<(string, long)>();
        await using var source = NpgsqlDataSource.Create(database);
        await using var command = source.CreateCommand(sql);
        await using var reader = await command.ExecuteReaderAsync();
        Console.WriteLine("| table or index | rows | MB |");
        Console.WriteLine("|---|---|---|");
        while (await reader.ReadAsync())
        {
            sizes.Add((reader.GetString(0), reader.GetInt64(3)));
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture, $"| {(reader.GetString(1) == "i" ? "· " : "")}`{reader.GetString(0)}` | {reader.GetInt64(2):N0} | {reader.GetInt64(3) / 1e6:N0} |"));
        }

        return sizes;
    }
}
