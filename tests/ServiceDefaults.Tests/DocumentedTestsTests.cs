using System.Text.RegularExpressions;

namespace Chat.ServiceDefaults.Tests;

/// <summary>What docs/security.md says is proved by a test must be the name of one.</summary>
public sealed partial class DocumentedTestsTests
{
    [Fact]
    public void Every_test_named_in_the_security_document_exists()
    {
        var root = Root();
        var section = File.ReadAllText(Path.Combine(root, "docs", "security.md")).Split("## OWASP ASVS", 2)[1];
        var named = Name().Matches(section).Select(match => match.Groups[1].Value).ToHashSet(StringComparer.Ordinal);
        var existing = Directory.EnumerateFiles(Path.Combine(root, "tests"), "*.cs", SearchOption.AllDirectories)
            .Where(file => !file.Contains($"{Path.DirectorySeparatorChar}obj{Path.DirectorySeparatorChar}", StringComparison.Ordinal))
            .SelectMany(file => Test().Matches(File.ReadAllText(file)).Select(match => match.Groups[1].Value))
            .ToHashSet(StringComparer.Ordinal);

        Assert.True(named.Count > 90, $"Only {named.Count} tests are named.");
        Assert.Empty(named.Except(existing));
    }

    private static string Root()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "Chat.sln")))
            folder = folder.Parent;
        return folder?.FullName ?? throw new InvalidOperationException("The tests do not run within the source tree.");
    }

    // Test names are sentences joined by underscores.
    [GeneratedRegex("`([A-Z][A-Za-z0-9]*_[A-Za-z0-9_]+)`", RegexOptions.CultureInvariant)]
    private static partial Regex Name();

    [GeneratedRegex(@"public (?:async Task|Task|void) ([A-Z]\w+)\(", RegexOptions.CultureInvariant)]
    private static partial Regex Test();
}
