using System.Globalization;
using System.Text.RegularExpressions;

namespace Chat.AppHost.Tests;

/// <summary>The AppHost as a person runs it: a process of its own, stopped by Ctrl+C, started again on the same data, killed.</summary>
[Collection(Alone.Name)]
public sealed class CommandLineTests : IDisposable
{
    private static readonly TimeSpan StartLimit = TimeSpan.FromMinutes(8);
    private static readonly TimeSpan StopLimit = TimeSpan.FromMinutes(1);
    /// <summary>For the system to bury what was killed, on a machine that has other things to do.</summary>
    private static readonly TimeSpan GoneLimit = TimeSpan.FromSeconds(30);

    private const string Password = "correct horse battery staple";

    private readonly string _data = Directory.CreateTempSubdirectory("chat-data-").FullName;

    // Under root PostgreSQL keeps its data where its own user can reach it, outside the directory above.
    private readonly HashSet<string> _databases = new(StringComparer.Ordinal);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Ctrl_C_stops_everything_the_data_is_there_at_the_next_start_and_kill_9_leaves_no_process()
    {
        Guid channel;
        await using (var first = await StartAsync())
        {
            using var ann = new ChatClient(first.Gateway);
            await ann.RegisterAsync("ann@example.org", "ann", Password, cancel: Cancellation);
            await ann.VerifyEmailAsync(await DevMail.TokenAsync(first.Gateway, "ann@example.org", Cancellation), Cancellation);
            await ann.LoginAsync("ann", Password, cancel: Cancellation);
            var server = await ann.CreateServerAsync("A place", Cancellation);
            channel = (server.Channels ?? []).Single().Id;
            await ann.SendAsync(channel, "kept", cancel: Cancellation);

            var family = await FamilyAsync(first.Process.Id);
            _databases.UnionWith(family.Select(process => DatabaseOf(process.Id)).OfType<string>());
            Assert.True(family.Count > 8, $"only {family.Count} processes run");
            var exit = await first.InterruptAsync(StopLimit);
            Assert.Equal(0, exit);
            await AssertGoneAsync(family);
        }

        await using var second = await StartAsync();
        using (var ann = new ChatClient(second.Gateway))
        {
            await ann.LoginAsync("ann", Password, cancel: Cancellation);
            var history = await ann.HistoryAsync(channel, cancel: Cancellation);
            Assert.Equal("kept", Assert.Single(history.Items).Content);
        }

        var orphans = await FamilyAsync(second.Process.Id);
        second.Process.Kill();
        await AssertGoneAsync(orphans);
    }

    [Fact]
    public async Task A_taken_gateway_port_is_named_and_the_exit_code_is_not_zero()
    {
        using var holder = new System.Net.Sockets.TcpListener(System.Net.IPAddress.Loopback, 8080);
        try
        {
            holder.Start();
        }
        catch (System.Net.Sockets.SocketException)
        {
            // Somebody else holds it already: as good for this test.
        }

        await using var host = AppHostProcess.Launch(_data, fixedPorts: true);
        await host.Process.WaitForExitAsync(Cancellation).WaitAsync(StartLimit, Cancellation);

        Assert.NotEqual(0, host.Process.ExitCode);
        Assert.Contains("8080", host.Output, StringComparison.Ordinal);
    }

    public void Dispose()
    {
        foreach (var directory in _databases.Append(_data).Where(Directory.Exists))
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    private Task<AppHostProcess> StartAsync() => AppHostProcess.StartAsync(_data, StartLimit);

    private static async Task AssertGoneAsync(IReadOnlyCollection<Member> processes)
    {
        var deadline = DateTimeOffset.UtcNow + GoneLimit;
        while (true)
        {
            var left = processes.Where(process => StartOf(process.Id) == process.Start).ToList();
            if (left.Count == 0)
            {
                return;
            }

            Assert.True(DateTimeOffset.UtcNow < deadline, $"still running {GoneLimit.TotalSeconds} s later: {string.Join("; ", left.Select(process => Describe(process.Id)))}");
            await Task.Delay(50, Cancellation);
        }
    }

    /// <summary>When the process was started, which tells it from a later one with its number; null when it has ended.</summary>
    private static string? StartOf(int id) =>
        ReadOrEmpty($"/proc/{id}/stat") is { Length: > 0 } line && line[(line.LastIndexOf(')') + 2)..].Split(' ') is { Length: > 19 } fields && fields[0] is not ("Z" or "X") ? fields[19] : null;

    /// <summary>The data directory of a PostgreSQL server, or null for another process.</summary>
    private static string? DatabaseOf(int id) =>
        ReadOrEmpty($"/proc/{id}/cmdline").Split('\0') is [var program, "-D", var data, ..] && program.EndsWith("/postgres", StringComparison.Ordinal) ? Path.GetDirectoryName(data) : null;

    private static string Describe(int id) => $"{id} {ReadOrEmpty($"/proc/{id}/cmdline").Replace('\0', ' ')}";

    private static string ReadOrEmpty(string path)
    {
        try
        {
            return File.ReadAllText(path);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }

    /// <summary>The process and all that descend from it.</summary>
    private static async Task<IReadOnlyCollection<Member>> FamilyAsync(int root)
    {
        await Task.Yield();
        var parents = Directory.GetDirectories("/proc").Select(Path.GetFileName).Where(name => int.TryParse(name, out _))
            .Select(name => int.Parse(name ?? "0", CultureInfo.InvariantCulture))
            .Select(id => (Id: id, Parent: Regex.Match(ReadOrEmpty($"/proc/{id}/status"), @"PPid:\s+(\d+)").Groups[1].Value))
            .Where(process => process.Parent.Length > 0)
            .ToLookup(process => int.Parse(process.Parent, CultureInfo.InvariantCulture), process => process.Id);
        var family = new List<int> { root };
        for (var index = 0; index < family.Count; index++)
        {
            family.AddRange(parents[family[index]]);
        }

        // Whoever has ended meanwhile is not there to be waited for.
        return [.. family.Select(id => (Id: id, Start: StartOf(id))).Where(process => process.Start is not null).Select(process => new Member(process.Id, process.Start ?? ""))];
    }

    private readonly record struct Member(int Id, string Start);
}

/// <summary>Beside nothing else, the system of the other tests included: a machine that carries two of them is late with both.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class Alone
{
    public const string Name = "alone";
}
