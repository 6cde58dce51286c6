using Chat.Identity.Data;
using Microsoft.Extensions.Options;

namespace Chat.Identity.SigningKeys;

/// <summary>Loads the signing keys before the service listens, then keeps them fresh.</summary>
internal sealed partial class SigningKeyRotation(
    SigningKeyRing ring, IOptions<SigningKeyOptions> options, ILogger<SigningKeyRotation> logger) : BackgroundService
{
    private static readonly TimeSpan FirstRetry = TimeSpan.FromSeconds(1);

    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        while (!await TryRefreshAsync(cancellationToken))
            await Task.Delay(FirstRetry, cancellationToken);

        await base.StartAsync(cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(options.Value.CheckEvery);
        while (await timer.WaitForNextTickAsync(stoppingToken))
            await TryRefreshAsync(stoppingToken);
    }

    private async Task<bool> TryRefreshAsync(CancellationToken cancellation)
    {
        try
        {
            await ring.RefreshAsync(cancellation);
            return true;
        }
        catch (Exception exception) when (exception is TimeoutException || exception.IsFromDatabase())
        {
            LogFailed(exception);
            return false;
        }
    }

    [LoggerMessage(LogLevel.Warning, "Signing keys could not be read, trying again")]
    private partial void LogFailed(Exception exception);
}
