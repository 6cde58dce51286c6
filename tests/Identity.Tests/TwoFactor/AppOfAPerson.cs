using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Text.RegularExpressions;

namespace Chat.Identity.Tests.TwoFactor;

/// <summary>An authenticator app, written from RFC 6238 apart from the service's own code: it knows only what the QR code tells it.</summary>
internal sealed partial class AppOfAPerson(string uri, TimeProvider clock)
{
    private const string Alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

    public string Secret { get; } = SecretOf().Match(uri).Groups[1].Value;

    /// <summary>The code that it shows, or showed and will show so many steps from now.</summary>
    public string Code(int steps = 0)
    {
        var counter = BitConverter.GetBytes(IPAddress.HostToNetworkOrder((clock.GetUtcNow().ToUnixTimeSeconds() / 30) + steps));
#pragma warning disable CA5350 // RFC 6238 names it.
        var hash = HMACSHA1.HashData(Key(), counter);
#pragma warning restore CA5350
        var offset = hash[19] & 15;
        var number = ((hash[offset] & 127) << 24) | (hash[offset + 1] << 16) | (hash[offset + 2] << 8) | hash[offset + 3];
        return (number % 1_000_000).ToString("D6", CultureInfo.InvariantCulture);
    }

    /// <summary>Six digits that it does not show at about this time.</summary>
    public string WrongCode() =>
        Enumerable.Range(0, 10).Select(digit => new string((char)('0' + digit), 6)).First(code => Enumerable.Range(-3, 7).All(steps => Code(steps) != code));

    private byte[] Key()
    {
        var bits = string.Concat(Secret.Select(c => Convert.ToString(Alphabet.IndexOf(c, StringComparison.Ordinal), 2).PadLeft(5, '0')));
        return [.. bits.Chunk(8).Select(b => Convert.ToByte(new string(b), 2))];
    }

    [GeneratedRegex("[?&]secret=([A-Z2-7]{32})(&|$)", RegexOptions.CultureInvariant)]
    private static partial Regex SecretOf();
}
