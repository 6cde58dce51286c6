using Chat.Hosting.Servers;
using Chat.Hosting.Tests.Processes;

namespace Chat.Hosting.Tests.Servers;

/// <summary>Servers out of the distribution's packages, from nothing.</summary>
public sealed class DownloadTests : IDisposable
{
    private const int Nobody = 65534;

    private readonly string _directory = Directory.CreateDirectory(Path.Combine("/tmp", $"chat-test-{Guid.NewGuid():N}"), (UnixFileMode)0b111_111_111).FullName;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public async Task All_three_start_for_an_ordinary_user_on_a_machine_without_them()
    {
        Assert.SkipUnless(PackageDownload.IsPossible, "needs apt-get and dpkg-deb");
        if (!Environment.IsPrivilegedProcess)
        {
            await StartAllAsync(_directory);
            return;
        }

        File.SetUnixFileMode(_directory, (UnixFileMode)0b111_111_111);
        using var run = SecondRun.Start(typeof(DownloadTests), nameof(Ordinary_user), _directory, Nobody);
        await SecondRun.PassesAsync(run, TimeSpan.FromMinutes(10));
    }

    [SecondRun]
    public Task Ordinary_user() => StartAllAsync(SecondRun.Directory);

    [Fact]
    public async Task Two_at_once_share_one_download_and_what_was_left_half_done_is_replaced()
    {
        Assert.SkipUnless(PackageDownload.IsPossible, "needs apt-get and dpkg-deb");
        var cache = Path.Combine(_directory, "cache");
        var folder = Path.Combine(cache, $"redis-{System.Runtime.InteropServices.RuntimeInformation.OSArchitecture.ToString().ToLowerInvariant()}");
        Directory.CreateDirectory(Path.Combine(folder, "usr"));
        Directory.CreateDirectory(folder + ".new");

        var requests = Enumerable.Range(0, 2).Select(_ => ServerUnderTest.Request("redis") with { Source = ServerSource.Download, CacheDirectory = cache }).ToArray();
        var servers = await Task.WhenAll(requests.Select(request => LocalServers.PrepareRedisAsync(request, Cancellation)));

        foreach (var server in servers)
        {
            await using var running = await ServerUnderTest.StartAsync(server);
            Assert.StartsWith(folder, server.Origin, StringComparison.Ordinal);
        }

        Assert.False(Directory.Exists(folder + ".new"));
    }

    [Fact]
    public async Task Outdated_package_lists_are_read_again()
    {
        Assert.SkipUnless(PackageDownload.IsPossible, "needs apt-get and dpkg-deb");
        var cache = Path.Combine(_directory, "cache");
        Directory.CreateDirectory(Path.Combine(cache, "apt"));
        await File.WriteAllTextAsync(Path.Combine(cache, "apt", ".updated"), "", Cancellation);
        await File.WriteAllTextAsync(Path.Combine(cache, "apt", "apt.conf"), $"Dir::State \"{cache}/apt/state\";\n", Cancellation);

        var server = await LocalServers.PrepareRedisAsync(ServerUnderTest.Request("redis") with { Source = ServerSource.Download, CacheDirectory = cache }, Cancellation);

        await using var running = await ServerUnderTest.StartAsync(server);
    }

    [Fact]
    public async Task PostgreSQL_downloaded_by_root_can_be_run_by_its_user()
    {
        Assert.SkipUnless(PackageDownload.IsPossible && Environment.IsPrivilegedProcess, "needs root, apt-get and dpkg-deb");
        var request = ServerUnderTest.Request("postgres") with { Source = ServerSource.Download, CacheDirectory = Path.Combine(_directory, "cache") };

        await using var running = await ServerUnderTest.StartAsync(await LocalServers.PreparePostgresAsync(request, Cancellation));
    }

    [Fact]
    public async Task A_folder_that_cannot_be_written_is_an_answer_with_advice()
    {
        var file = Path.Combine(_directory, "file");
        await File.WriteAllTextAsync(file, "", Cancellation);
        var request = ServerUnderTest.Request("redis") with { Source = ServerSource.Download, CacheDirectory = Path.Combine(file, "cache") };

        var refusal = await Assert.ThrowsAsync<ServerUnavailableException>(() => LocalServers.PrepareRedisAsync(request, Cancellation));

        Assert.Contains("Redis", refusal.Message, StringComparison.Ordinal);
        Assert.Contains("install", refusal.Message, StringComparison.Ordinal);
        Assert.Contains("ConnectionStrings__redis", refusal.Message, StringComparison.Ordinal);
    }

    private static async Task StartAllAsync(string directory)
    {
        ServerRequest Request(string name) => ServerUnderTest.Request(name) with
        {
            Source = ServerSource.Download,
            CacheDirectory = Path.Combine(directory, "cache"),
            DataDirectory = Path.Combine(directory, name),
        };
        var postgres = LocalServers.PreparePostgresAsync(Request("postgres"), Cancellation);
        var redis = LocalServers.PrepareRedisAsync(Request("redis"), Cancellation);
        var rabbit = LocalServers.PrepareRabbitMqAsync(Request("rabbitmq"), Cancellation);
        foreach (var server in new LocalServer[] { await postgres, await redis, await rabbit })
        {
            Assert.StartsWith(directory, server.Origin, StringComparison.Ordinal);
            await using var running = await ServerUnderTest.StartAsync(server);
        }
    }
}
