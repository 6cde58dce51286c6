using Chat.Messaging.Writing;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Extensions.Options;
using Npgsql;

namespace Chat.Messaging.Limits;

/// <summary>The limits of one send: scoped, so that it is counted once however often the send is attempted, and its answer can say how they stand.</summary>
internal sealed class SendLimits(RateLimits limits, NpgsqlDataSource store, IOptions<LimitsOptions> options)
{
    private readonly LimitsOptions _options = options.Value;
    private LimitDecision? _decision;
    private SlowTurn? _turn;

    /// <summary>Counts the send; further calls for the same one do nothing.</summary>
    /// <param name="slowMode">Seconds between two messages of this person there; 0: no slow mode.</param>
    /// <param name="nonce">A send with the nonce of one that has had its turn, or is stored, needs no turn of slow mode.</param>
    /// <returns>429, or null: it may go on.</returns>
    public async Task<ProblemHttpResult?> TakeAsync(Guid channel, Guid person, int slowMode, string nonce, CancellationToken cancellationToken)
    {
        return await TakeAsync(channel, person, Rates(channel, person), slowMode, nonce, cancellationToken);
    }

    /// <summary>The same for what was asked for earlier: it waits for its turn of slow mode, and no rate counts it.</summary>
    public Task<ProblemHttpResult?> TakeTurnAsync(Guid channel, Guid person, int slowMode, string nonce, CancellationToken cancellationToken) =>
        TakeAsync(channel, person, [], slowMode, nonce, cancellationToken);

    private async Task<ProblemHttpResult?> TakeAsync(
        Guid channel, Guid person, IReadOnlyList<CountedRate> rates, int slowMode, string nonce, CancellationToken cancellationToken)
    {
        if (!_options.Enabled || _decision is { RefusedBy: null })
            return null;

        var request = new LimitRequest(
            rates,
            _options.SlowMode && slowMode > 0 ? new SlowTurn($"limit:{{{person}}}:slow:{channel}", TimeSpan.FromSeconds(slowMode), nonce) : null);
        _decision = await limits.TakeAsync(request, cancellationToken);
        // The answer may have been lost, and turns taken since.
        if (_decision.RefusedBy == SlowTurn.Name && await GroupSql.IsStoredAsync(store, channel, person, nonce, cancellationToken))
        {
            request = request with { Slow = null };
            _decision = await limits.TakeAsync(request, cancellationToken);
        }

        _turn = request.Slow;
        return LimitAnswers.Refusal(_decision);
    }

    /// <summary>Gives the turn of slow mode back unless the message is stored, or may be.</summary>
    /// <param name="outcome">How the writer left it; null: it did not come to that.</param>
    public async Task SettleAsync(SendOutcome? outcome)
    {
        if (outcome is not (SendOutcome.Sent or SendOutcome.StoreUnavailable) && _turn is { } turn && _decision is { RefusedBy: null, Local: var local })
            await limits.GiveBackAsync(turn, local);
    }

    /// <summary>How the limits stand: as they were left by this send, or as they are when it was not counted. Null when there are none.</summary>
    public async Task<LimitDecision?> StandAsync(Guid channel, Guid person)
    {
        if (!_options.Enabled)
            return null;
        // The request may be gone; Redis has its own limit of time.
        return _decision ?? await limits.LookAsync(new LimitRequest(Rates(channel, person)), CancellationToken.None);
    }

    // Keys of one person have one hash tag, so that a cluster would have them in one place.
    private List<CountedRate> Rates(Guid channel, Guid person)
    {
        var rates = new List<CountedRate>(2);
        if (_options.Channel.Quota > 0)
            rates.Add(new CountedRate("channel", $"limit:{{{person}}}:channel:{channel}", _options.Channel.Quota, _options.Channel.Window));
        if (_options.Person.Quota > 0)
            rates.Add(new CountedRate("person", $"limit:{{{person}}}:person", _options.Person.Quota, _options.Person.Window));
        return rates;
    }
}
