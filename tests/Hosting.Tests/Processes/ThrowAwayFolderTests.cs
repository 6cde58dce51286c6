using System.Diagnostics;
using Chat.Hosting.Orchestration;
using Chat.Hosting.Processes;
using Chat.Hosting.Testing;
using Chat.Hosting.Tests.ApplicationModel;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace Chat.Hosting.Tests.Processes;

/// <summary>What a killed engine could not delete goes at a later start; what belongs to a living one, or to nobody, stays.</summary>
public sealed class ThrowAwayFolderTests : IDisposable
{
    private const string Folders = "folders";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);

    private readonly string _directory = SecondRun.IsActive ? SecondRun.Directory : Directory.CreateTempSubdirectory("chat-throw-away-").FullName;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        if (!SecondRun.IsActive)
            Directory.Delete(_directory, recursive: true);
    }

    [Fact]
    public async Task Only_folders_whose_owner_was_killed_are_deleted()
    {
        var unmarked = Fill(Path.Combine(_directory, "data"));
        var unsaid = Fill(Path.Combine(_directory, "unsaid"));
        await File.WriteAllTextAsync(unsaid + ".owner", "", Cancellation);
        using var own = ThrowAwayFolder.Claim(Fill(Path.Combine(_directory, "own")));
        var theirs = Path.Combine(_directory, "theirs");
        using var engine = SecondRun.Start(typeof(ThrowAwayFolderTests), nameof(Owner), _directory);
        await SecondRun.ReportedAsync(_directory, engine, Patience);

        ThrowAwayFolder.Reap(_directory, Assert.Fail, Cancellation);
        Assert.True(File.Exists(Path.Combine(theirs, "file")), "a living owner's");
        await KillAsync(engine);
        ThrowAwayFolder.Reap(_directory, Assert.Fail, Cancellation);

        Assert.False(Directory.Exists(theirs));
        Assert.False(File.Exists(theirs + ".owner"));
        Assert.True(File.Exists(Path.Combine(_directory, "own", "file")));
        Assert.True(File.Exists(Path.Combine(unmarked, "file")));
        Assert.True(File.Exists(Path.Combine(unsaid, "file")));
    }

    [Fact]
    public async Task A_living_owner_keeps_its_folder_although_nothing_locks_it()
    {
        var folder = Fill(Path.Combine(_directory, "unlocked"));
        await File.WriteAllTextAsync(folder + ".owner", $"{Environment.ProcessId} {ProcessTable.StartOf(Environment.ProcessId)} {ProcessTable.Boot}", Cancellation);
        ThrowAwayFolder.Reap(_directory, Assert.Fail, Cancellation);
        Assert.True(Directory.Exists(folder));

        await File.WriteAllTextAsync(folder + ".owner", $"{Environment.ProcessId} 1 {ProcessTable.Boot}", Cancellation);
        ThrowAwayFolder.Reap(_directory, Assert.Fail, Cancellation);
        Assert.False(Directory.Exists(folder));
    }

    [Fact]
    public async Task A_claim_finds_an_empty_place_and_leaves_none()
    {
        var path = Fill(Path.Combine(_directory, "again"));
        await File.WriteAllTextAsync(path + ".owner", $"{Environment.ProcessId} 1 {ProcessTable.Boot}", Cancellation);
        using (ThrowAwayFolder.Claim(path))
        {
            Assert.False(Directory.Exists(path));
            Fill(path);
        }
        Assert.Empty(Directory.GetFileSystemEntries(_directory));
    }

    [Fact]
    public async Task One_start_deletes_twenty_at_most()
    {
        for (var i = 0; i < 25; i++)
            await File.WriteAllTextAsync(Fill(Path.Combine(_directory, $"left-{i}")) + ".owner", $"{Environment.ProcessId} 1 {ProcessTable.Boot}", Cancellation);
        ThrowAwayFolder.Reap(_directory, Assert.Fail, Cancellation);
        Assert.Equal(5, Directory.GetDirectories(_directory).Length);
    }

    [Fact]
    public async Task The_data_of_a_killed_test_run_goes_when_the_next_application_starts()
    {
        using var engine = SecondRun.Start(typeof(ThrowAwayFolderTests), nameof(Application), _directory);
        await SecondRun.ReportedAsync(_directory, engine, TimeSpan.FromMinutes(4));
        var left = await File.ReadAllLinesAsync(Path.Combine(_directory, Folders), Cancellation);
        Assert.NotEmpty(left);
        Assert.All(left, folder => Assert.True(Directory.Exists(folder), folder));
        await KillAsync(engine);

        using var next = SecondRun.Start(typeof(ThrowAwayFolderTests), nameof(NextApplication), _directory);
        await SecondRun.PassesAsync(next, TimeSpan.FromMinutes(4));

        Assert.All(left, folder => Assert.False(Directory.Exists(folder), folder));
    }

    [SecondRun]
    public async Task Owner()
    {
        using var folder = ThrowAwayFolder.Claim(Path.Combine(SecondRun.Directory, "theirs"));
        Fill(Path.Combine(SecondRun.Directory, "theirs"));
        await SecondRun.ReportAsync([]);
        await Task.Delay(TimeSpan.FromMinutes(5), Cancellation);
    }

    [SecondRun]
    public async Task Application()
    {
        await using var builder = Models.Empty();
        builder.AddPostgres("postgres");
        await using var app = await builder.BuildAsync(Cancellation);
        await app.StartAsync(Cancellation);
        await app.ResourceNotifications.WaitForResourceHealthyAsync("postgres", Cancellation);
        await using var connection = new NpgsqlConnection(await app.GetConnectionStringAsync("postgres", Cancellation));
        await connection.OpenAsync(Cancellation);
        await using var command = new NpgsqlCommand("show data_directory", connection);
        var data = Assert.IsType<string>(await command.ExecuteScalarAsync(Cancellation));
        await File.WriteAllLinesAsync(Path.Combine(SecondRun.Directory, Folders), [app.Services.GetRequiredService<AppHostState>().Root, data], Cancellation);
        await SecondRun.ReportAsync([]);
        await Task.Delay(TimeSpan.FromMinutes(5), Cancellation);
    }

    [SecondRun]
    public async Task NextApplication()
    {
        var left = await File.ReadAllLinesAsync(Path.Combine(SecondRun.Directory, Folders), Cancellation);
        await using var builder = Models.Empty();
        builder.AddIdle("idle");
        await using var app = await builder.BuildAsync(Cancellation);
        await app.StartAsync(Cancellation);
        await Eventually.TrueAsync("the data to be deleted", Patience, () => !left.Any(Directory.Exists));
    }

    private static string Fill(string folder)
    {
        File.WriteAllText(Path.Combine(Directory.CreateDirectory(folder).FullName, "file"), "content");
        return folder;
    }

    private static async Task KillAsync(Process engine)
    {
        engine.Kill();
        await engine.WaitForExitAsync(Cancellation);
    }
}
