using Chat.Gateway.Sessions;
using Chat.ServiceDefaults;
using Microsoft.Extensions.Options;

namespace Chat.Gateway.Tests;

public sealed class SessionTokensTests
{
    private readonly Clock _clock = new();
    private int _exchanges;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_token_is_asked_for_once_until_shortly_before_it_expires()
    {
        var tokens = Tokens();
        var session = Guid.NewGuid();

        var first = await tokens.GetAsync(SessionCredential.Cookie("a"), Live(session), Cancel);
        _clock.Advance(TimeSpan.FromMinutes(4.4));
        Assert.Same(first, await tokens.GetAsync(SessionCredential.Cookie("a"), Live(session), Cancel));
        Assert.Equal(1, _exchanges);

        _clock.Advance(TimeSpan.FromSeconds(10));
        Assert.NotSame(first, await tokens.GetAsync(SessionCredential.Cookie("a"), Live(session), Cancel));
        Assert.Equal(2, _exchanges);
    }

    [Fact]
    public async Task Many_requests_at_once_ask_once()
    {
        var tokens = Tokens();
        var answer = new TaskCompletionSource<SessionToken?>(TaskCreationOptions.RunContinuationsAsynchronously);
        Task<SessionToken?> Exchange(SessionCredential credential)
        {
            Interlocked.Increment(ref _exchanges);
            return answer.Task;
        }

        using var impatient = new CancellationTokenSource();
        var leaver = tokens.GetAsync(SessionCredential.Cookie("a"), Exchange, impatient.Token);
        var others = Enumerable.Range(0, 100).Select(_ => tokens.GetAsync(SessionCredential.Cookie("a"), Exchange, Cancel)).ToList();
        await impatient.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => leaver);
        var token = Token(Guid.NewGuid());
        answer.SetResult(token);

        Assert.All(await Task.WhenAll(others), got => Assert.Same(token, got));
        Assert.Equal(1, _exchanges);
    }

    [Fact]
    public async Task An_ended_session_is_asked_about_again()
    {
        var tokens = Tokens();
        var session = Guid.NewGuid();
        await tokens.GetAsync(SessionCredential.Cookie("a"), Live(session), Cancel);

        tokens.Evict(session);

        Assert.Null(await tokens.GetAsync(SessionCredential.Cookie("a"), Unknown, Cancel));
    }

    [Fact]
    public async Task An_answer_that_crossed_with_the_end_of_a_session_is_not_kept()
    {
        var tokens = Tokens();
        var session = Guid.NewGuid();
        var asked = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var answer = new TaskCompletionSource<SessionToken?>(TaskCreationOptions.RunContinuationsAsynchronously);
        var crossing = tokens.GetAsync(SessionCredential.Cookie("a"), _ =>
        {
            asked.SetResult();
            return answer.Task;
        }, Cancel);
        await asked.Task;

        tokens.Evict(session);
        answer.SetResult(Token(session));
        await crossing;

        Assert.Null(await tokens.GetAsync(SessionCredential.Cookie("a"), Unknown, Cancel));
    }

    [Fact]
    public async Task A_cookie_with_the_text_of_a_personal_access_token_is_not_taken_for_one()
    {
        var tokens = Tokens();
        var session = Guid.NewGuid();
        await tokens.GetAsync(SessionCredential.PersonalAccessToken("a"), Live(session), Cancel);

        Assert.Null(await tokens.GetAsync(SessionCredential.Cookie("a"), Unknown, Cancel));
        Assert.Equal(session, (await tokens.GetAsync(SessionCredential.PersonalAccessToken("a"), Unknown, Cancel))?.Session);
    }

    [Fact]
    public async Task Everything_that_stands_for_an_ended_session_is_asked_about_again()
    {
        var tokens = Tokens();
        var session = Guid.NewGuid();
        await tokens.GetAsync(SessionCredential.PersonalAccessToken("a"), Live(session), Cancel);
        await tokens.GetAsync(SessionCredential.PersonalAccessToken("b"), Live(session), Cancel);

        tokens.Evict(session);

        Assert.Null(await tokens.GetAsync(SessionCredential.PersonalAccessToken("a"), Unknown, Cancel));
        Assert.Null(await tokens.GetAsync(SessionCredential.PersonalAccessToken("b"), Unknown, Cancel));
    }

    [Fact]
    public async Task An_unknown_cookie_is_remembered_for_a_moment()
    {
        var tokens = Tokens();

        Assert.Null(await tokens.GetAsync(SessionCredential.Cookie("a"), Unknown, Cancel));
        Assert.Null(await tokens.GetAsync(SessionCredential.Cookie("a"), Unknown, Cancel));
        Assert.Equal(1, _exchanges);

        _clock.Advance(TimeSpan.FromSeconds(2));
        Assert.NotNull(await tokens.GetAsync(SessionCredential.Cookie("a"), Live(Guid.NewGuid()), Cancel));
    }

    [Fact]
    public async Task A_failure_is_not_remembered()
    {
        var tokens = Tokens();

        await Assert.ThrowsAsync<ServiceUnavailableException>(
            () => tokens.GetAsync(SessionCredential.Cookie("a"), _ => throw new ServiceUnavailableException("service_unavailable", "away"), Cancel));

        Assert.NotNull(await tokens.GetAsync(SessionCredential.Cookie("a"), Live(Guid.NewGuid()), Cancel));
    }

    [Fact]
    public async Task G6_the_oldest_make_room_when_there_are_too_many()
    {
        var tokens = Tokens(capacity: 10);
        for (var i = 0; i < 11; i++)
        {
            await tokens.GetAsync(SessionCredential.Cookie($"cookie {i}"), Live(Guid.NewGuid()), Cancel);
        }

        await tokens.GetAsync(SessionCredential.Cookie("cookie 10"), Live(Guid.NewGuid()), Cancel);
        await tokens.GetAsync(SessionCredential.Cookie("cookie 1"), Live(Guid.NewGuid()), Cancel);
        Assert.Equal(11, _exchanges);

        await tokens.GetAsync(SessionCredential.Cookie("cookie 0"), Live(Guid.NewGuid()), Cancel);
        Assert.Equal(12, _exchanges);
    }

    [Fact]
    public void G6_entries_never_exceed_their_bound()
    {
        var entries = new ExpiringEntries<int, int>(3);
        var now = _clock.GetUtcNow();

        for (var i = 0; i < 100; i++)
        {
            entries.Set(i % 7, i, now.AddSeconds(i % 5), now.AddSeconds(i / 10.0));
            entries.Remove(i % 3);
            Assert.InRange(entries.Count, 0, 3);
        }
    }

    private SessionTokens Tokens(int capacity = 100) => new(_clock, Options.Create(new GatewayOptions { MaxCachedSessions = capacity }));

    private Func<SessionCredential, Task<SessionToken?>> Live(Guid session) => _ =>
    {
        Interlocked.Increment(ref _exchanges);
        return Task.FromResult<SessionToken?>(Token(session));
    };

    private Task<SessionToken?> Unknown(SessionCredential credential)
    {
        Interlocked.Increment(ref _exchanges);
        return Task.FromResult<SessionToken?>(null);
    }

    private SessionToken Token(Guid session) => new("token", _clock.GetUtcNow().AddMinutes(5), session);

    private sealed class Clock : TimeProvider
    {
        private DateTimeOffset _now = new(2030, 1, 1, 0, 0, 0, TimeSpan.Zero);

        public override DateTimeOffset GetUtcNow() => _now;

        public void Advance(TimeSpan by) => _now += by;
    }
}
