using System.Collections;
using Microsoft.Playwright;

namespace Chat.EndToEnd.Tests.Browsers;

/// <summary>One Chromium for the whole run. Every person gets a context of their own: cookies, storage and authenticators of one are unknown to the others.</summary>
public sealed class Chromium : IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private IPlaywright? _playwright;
    private IBrowser? _browser;

    /// <inheritdoc/>
    public async ValueTask InitializeAsync()
    {
        var program = await ChromiumProgram.ObtainAsync(new Progress<string>(TestContext.Current.SendDiagnosticMessage), TestContext.Current.CancellationToken);
        var environment = Environment.GetEnvironmentVariables().Cast<DictionaryEntry>().ToDictionary(entry => (string)entry.Key, entry => entry.Value as string ?? "", StringComparer.Ordinal);
        foreach (var (name, value) in program.Environment)
            environment[name] = value;

        // Five seconds, unless told: less than a machine with other things to do stands still.
        Assertions.SetDefaultExpectTimeout((float)Patience.TotalMilliseconds);
        _playwright = await Playwright.CreateAsync();
        _browser = await _playwright.Chromium.LaunchAsync(new BrowserTypeLaunchOptions { ExecutablePath = program.Path, Env = environment });
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_browser is not null)
            await _browser.DisposeAsync();
        _playwright?.Dispose();
    }

    internal async Task<IBrowserContext> NewContextAsync(Uri address)
    {
        var browser = _browser ?? throw new InvalidOperationException("The fixture is not initialised.");
        var context = await browser.NewContextAsync(new BrowserNewContextOptions { BaseURL = address.ToString() });
        context.SetDefaultTimeout((float)Patience.TotalMilliseconds);
        return context;
    }
}
