using System.Net;
using System.Net.Sockets;
using Chat.Hosting.Orchestration;
using Chat.Hosting.Servers;
using Chat.Hosting.Tests.ApplicationModel;
using Chat.Hosting.Tests.Processes;

namespace Chat.Hosting.Tests.Orchestration;

public sealed class PortTests
{
    [Fact]
    public void A_fixed_port_in_use_is_named_with_the_resource_that_wants_it()
    {
        using var other = new TcpListener(IPAddress.Loopback, 0);
        other.Start();
        var port = ((IPEndPoint)other.LocalEndpoint).Port;
        using var builder = Models.Empty();
        builder.AddProject("gateway", "Gateway.csproj").WithHttpEndpoint(port: port);
        var exception = Assert.Throws<DistributedApplicationException>(() => Ports.Allocate(builder.Resources, randomize: false));
        Assert.Contains($"{port}", exception.Message, StringComparison.Ordinal);
        Assert.Contains("gateway", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Two_resources_cannot_have_one_fixed_port()
    {
        using var builder = Models.Empty();
        builder.AddProject("one", "One.csproj").WithHttpEndpoint(port: 18231);
        builder.AddProject("two", "Two.csproj").WithHttpEndpoint(port: 18231);
        Assert.Contains("two", Assert.Throws<DistributedApplicationException>(() => Ports.Allocate(builder.Resources, randomize: false)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_free_port_is_nobody_elses_before_anybody_listens_there()
    {
        var port = FreePort.Next();
        Assert.True(FreePort.IsFree(port));
        Assert.False(FreePort.TryClaim(port));
    }

    [Fact]
    public async Task A_port_that_another_process_was_given_is_not_given_here()
    {
        var directory = Directory.CreateTempSubdirectory("chat-ports-").FullName;
        using var other = SecondRun.Start(typeof(PortTests), nameof(Other), directory);
        try
        {
            var ports = await SecondRun.ReportedAsync(directory, other, TimeSpan.FromMinutes(2));
            Assert.All(ports, port => Assert.True(FreePort.IsFree(port)));
            Assert.DoesNotContain(ports, FreePort.TryClaim);

            other.Kill();

            await Eventually.TrueAsync("they are free again", TimeSpan.FromMinutes(1), () => ports.All(FreePort.TryClaim));
        }
        finally
        {
            other.Kill(entireProcessTree: true);
            Directory.Delete(directory, recursive: true);
        }
    }

    /// <summary>Has ports and does not listen there.</summary>
    [SecondRun]
    public async Task Other()
    {
        await SecondRun.ReportAsync(Enumerable.Range(0, 5).Select(_ => FreePort.Next()));
        await Task.Delay(TimeSpan.FromMinutes(5), TestContext.Current.CancellationToken);
    }

    [Theory]
    [InlineData(32768, 32000)]
    [InlineData(16000, 16000)]
    [InlineData(12500, 32000)]
    [InlineData(1024, 32000)]
    public void Free_ports_are_below_those_of_outgoing_connections_where_there_is_room(int outgoing, int end) => Assert.Equal(end, FreePort.Below(outgoing));

    [Fact]
    public void Tests_get_free_ports_in_place_of_fixed_ones()
    {
        using var builder = Models.Empty();
        var one = builder.AddProject("one", "One.csproj").WithHttpEndpoint(port: 18232);
        Ports.Allocate(builder.Resources, randomize: true);
        Assert.NotEqual(18232, one.GetEndpoint("http").Port);
    }

    [Fact]
    public void A_target_port_that_only_a_proxy_could_serve_is_refused()
    {
        using var builder = Models.Empty();
        builder.AddProject("one", "One.csproj").WithHttpEndpoint(port: 18233, targetPort: 18234);
        Assert.Throws<DistributedApplicationException>(() => Ports.Allocate(builder.Resources, randomize: false));
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(1, 1)]
    [InlineData(2, 2)]
    [InlineData(4, 8)]
    [InlineData(6, 30)]
    [InlineData(1000, 30)]
    public void Restarts_back_off_up_to_half_a_minute(int crashes, int seconds) => Assert.Equal(TimeSpan.FromSeconds(seconds), SupervisedProcess.Backoff(crashes));

    [Fact]
    public void A_log_is_rotated_and_bounded()
    {
        var directory = Directory.CreateTempSubdirectory("chat-log-").FullName;
        try
        {
            using (var log = new LogFile(directory, "api", limit: 1000))
            {
                for (var i = 0; i < 200; i++)
                    log.WriteLine($"line {i} {new string('x', 50)}");
            }
            var files = Directory.GetFiles(directory);
            Assert.Equal(3, files.Length);
            Assert.All(files, file => Assert.InRange(new FileInfo(file).Length, 0, 1100));
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }
}
