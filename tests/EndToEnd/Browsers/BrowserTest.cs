using Microsoft.Playwright;

namespace Chat.EndToEnd.Tests.Browsers;

/// <summary>A test with people at browsers of their own. When it fails, what each of them saw is kept in TestResults/screenshots beside the tests.</summary>
public abstract class BrowserTest(Door door, Chromium chromium) : IAsyncDisposable
{
    private readonly List<Person> _people = [];

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        foreach (var person in _people)
        {
            if (TestContext.Current.TestState?.Result is TestResult.Failed)
                await KeepScreenshotsAsync(person);
            await person.DisposeAsync();
        }
    }

    /// <summary>Somebody without an account, at the front page.</summary>
    internal async Task<Person> OpenAsync(string name)
    {
        var context = await chromium.NewContextAsync(door.Address);
        var page = await context.NewPageAsync();
        await page.GotoAsync("/");
        var person = new Person(name, context, page);
        _people.Add(person);
        return person;
    }

    /// <summary>Somebody who has just registered and signed in.</summary>
    internal async Task<Person> SignUpAsync(string name)
    {
        var person = await OpenAsync(name);
        await person.SignUpAsync();
        return person;
    }

    private static async Task KeepScreenshotsAsync(Person person)
    {
        var folder = Path.Combine(AppContext.BaseDirectory, "TestResults", "screenshots");
        var test = TestContext.Current.TestMethod?.MethodName ?? "test";
        foreach (var (page, index) in person.Context.Pages.Select((page, index) => (page, index)))
        {
            var path = Path.Combine(folder, $"{test}.{person.Name}.{index}.png");
            try
            {
                await page.ScreenshotAsync(new PageScreenshotOptions { Path = path, FullPage = true });
                TestContext.Current.SendDiagnosticMessage($"{person.Name} at {page.Url}: {path}");
            }
            catch (Exception exception) when (exception is PlaywrightException or IOException or UnauthorizedAccessException)
            {
                // A page that crashed shows nothing, and the test's own failure is what counts.
                TestContext.Current.SendDiagnosticMessage($"no screenshot of {person.Name}: {exception.Message}");
            }
        }
    }
}
