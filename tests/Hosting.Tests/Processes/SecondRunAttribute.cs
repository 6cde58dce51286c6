using System.Runtime.CompilerServices;
using Xunit.Sdk;
using Xunit.v3;

namespace Chat.Hosting.Tests.Processes;

/// <summary>What the second process does. It is a test in that process only, so that no other run counts it as skipped.</summary>
[AttributeUsage(AttributeTargets.Method)]
[XunitTestCaseDiscoverer(typeof(SecondRunDiscoverer))]
internal sealed class SecondRunAttribute([CallerFilePath] string? sourceFilePath = null, [CallerLineNumber] int sourceLineNumber = -1)
    : FactAttribute(sourceFilePath, sourceLineNumber);

internal sealed class SecondRunDiscoverer : FactDiscoverer
{
    public override ValueTask<IReadOnlyCollection<IXunitTestCase>> Discover(
        ITestFrameworkDiscoveryOptions discoveryOptions, IXunitTestMethod testMethod, IFactAttribute factAttribute) =>
        SecondRun.IsActive ? base.Discover(discoveryOptions, testMethod, factAttribute) : ValueTask.FromResult<IReadOnlyCollection<IXunitTestCase>>([]);
}
