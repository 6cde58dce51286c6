using System.Net;
using Chat.Identity.Passwords;

namespace Chat.Identity.Tests;

public sealed class PasswordRuleTests(IdentityStores stores) : IDisposable
{
    private const string Route = "/api/v1/auth/register";

    private readonly HttpClient _client = stores.Shared.CreateClient();

    public void Dispose() => _client.Dispose();

    [Theory]
    [InlineData("password")]
    [InlineData("PassWord")]
    [InlineData("12345678")]
    [InlineData("qwertyui")]
    [InlineData("iloveyou")]
    [InlineData("Password1")]
    [InlineData("ｐａｓｓｗｏｒｄ")]
    public async Task A_password_of_many_is_refused(string password) =>
        (await _client.PostBodyAsync(Route, Calls.Registration(Calls.NewName(), password: password))).ExpectFieldErrors("password:too_common");

    [Fact]
    public void The_list_has_more_than_three_thousand_that_are_long_enough()
    {
        using var list = new StreamReader(typeof(Zxcvbn.Zxcvbn).Assembly.GetManifestResourceStream("zxcvbn-core.Dictionaries.passwords.lst") ?? Stream.Null);
        var long8 = list.ReadToEnd().Split('\n', StringSplitOptions.TrimEntries).Where(password => password.Length >= 8).ToList();
        var common = new CommonPasswords();

        Assert.True(long8.Count > 3000, $"Only {long8.Count}.");
        Assert.All(long8, password => Assert.True(common.Contains(password)));
    }

    [Theory]
    [InlineData("{0}")]
    [InlineData("{0}!")]
    [InlineData("1{0}234")]
    [InlineData("{0}{0}")]
    [InlineData("mailbox-of-{0}@example.org")]
    [InlineData("mailbox-of-{0}")]
    [InlineData("Zoë Anderson")]
    [InlineData("zoe\u0308 anderson77")]
    [InlineData("chatchat")]
    [InlineData("Chat2026chat")]
    [InlineData("{0}+chat")]
    public async Task A_password_made_of_what_everybody_knows_of_the_account_is_refused(string pattern)
    {
        var name = Calls.NewName();

        foreach (var password in new[] { pattern.Replace("{0}", name, StringComparison.Ordinal), pattern.Replace("{0}", name.ToUpperInvariant(), StringComparison.Ordinal) })
        {
            var answer = await _client.PostBodyAsync(Route, new { email = $"mailbox-of-{name}@example.org", username = name, displayName = "Zoë Anderson", password });
            answer.ExpectFieldErrors("password:too_obvious");
        }
    }

    [Theory]
    [InlineData("{0} likes tea")]
    [InlineData("chatterbox rules")]
    [InlineData("aaaaaaaabbbbbbbb")]
    [InlineData("        x        ")]
    [InlineData("correct horse battery staple")]
    [InlineData("日本語のパスワード")]
    public async Task Any_other_is_accepted_whatever_it_is_composed_of(string pattern)
    {
        var name = Calls.NewName();

        (await _client.PostBodyAsync(Route, Calls.Registration(name, password: pattern.Replace("{0}", name, StringComparison.Ordinal)))).Expect(HttpStatusCode.Created);
    }

    [Fact]
    public async Task The_rules_hold_for_resetting_and_changing_as_well()
    {
        var (name, token, _, _) = await stores.Shared.NewPersonAsync();
        using var me = stores.Shared.CreateClient(token);
        (await _client.ForgotAsync($"{name}@example.org")).Expect(HttpStatusCode.Accepted);
        var link = await _client.TokenToAsync($"{name}@example.org");

        foreach (var (bad, code) in new (string?, string)[]
        {
            (null, "required"), ("", "required"), ("short", "too_short"), (new string('a', 129), "too_long"), ("iloveyou", "too_common"), ($"{name}1", "too_obvious"),
        })
        {
            (await _client.PostBodyAsync("/api/v1/auth/reset-password", new { token = link, password = bad })).ExpectFieldErrors($"password:{code}");
            (await me.PostBodyAsync("/api/v1/auth/change-password", new { currentPassword = Calls.Password, newPassword = bad })).ExpectFieldErrors($"newPassword:{code}");
        }
    }
}
