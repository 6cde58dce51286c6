using System.Collections.Concurrent;
using System.Reflection;
using System.Runtime.CompilerServices;
using Xunit.v3;

[assembly: Chat.Testing.TestLimit]

namespace Chat.Testing;

/// <summary>
/// No test waits for ever: one that has not ended after ten minutes is cancelled, so that it fails and shows where it waited, and an assembly that has not ended after
/// twenty minutes is ended, with the names of the tests that were running. Compiled into every test assembly.
/// </summary>
[AttributeUsage(AttributeTargets.Assembly)]
internal sealed class TestLimitAttribute : BeforeAfterTestAttribute
{
    private static readonly TimeSpan OfTest = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan OfAssembly = TimeSpan.FromMinutes(20);
    private static readonly ConcurrentDictionary<string, Running> Tests = new();
    private static Timer? _end;

    [ModuleInitializer]
    internal static void Begin() => _end = new Timer(static _ => End(), null, OfAssembly, Timeout.InfiniteTimeSpan);

    public override void Before(MethodInfo methodUnderTest, IXunitTest test)
    {
        var context = TestContext.Current;
        Tests[test.UniqueID] = new(test.TestDisplayName, new Timer(_ => context.CancelCurrentTest(), null, OfTest, Timeout.InfiniteTimeSpan));
    }

    public override void After(MethodInfo methodUnderTest, IXunitTest test)
    {
        if (Tests.TryRemove(test.UniqueID, out var running))
            running.Limit.Dispose();
    }

    private static void End()
    {
        _end?.Dispose();
        var running = string.Join(", ", Tests.Values.Select(test => test.Name));
        Environment.FailFast($"{typeof(TestLimitAttribute).Assembly.GetName().Name} has not ended within {OfAssembly.TotalMinutes:0} minutes. Running: {(running.Length > 0 ? running : "no test")}.");
    }

    private sealed record Running(string Name, Timer Limit);
}
