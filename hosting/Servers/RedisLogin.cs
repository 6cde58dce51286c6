using System.Globalization;
using System.Text;

namespace Chat.Hosting.Servers;

/// <summary>AUTH and PING on one connection: the proof that a Redis accepts these credentials.</summary>
internal static class RedisLogin
{
    /// <summary>False, not an exception, when it does not answer within 3 s.</summary>
    public static Task<bool> SucceedsAsync(ServerAddress address, string userName, string password, CancellationToken cancellationToken) => address.AskAsync(async (stream, patience) =>
    {
        string[] authentication = password.Length == 0 ? [] : userName.Length == 0 ? ["AUTH", password] : ["AUTH", userName, password];
        await stream.WriteAsync(Encoding.UTF8.GetBytes(Command(authentication) + Command("PING")), patience);
        using var reader = new StreamReader(stream, Encoding.ASCII);
        return (authentication.Length == 0 || await reader.ReadLineAsync(patience) == "+OK") && await reader.ReadLineAsync(patience) == "+PONG";
    }, cancellationToken);

    private static string Command(params string[] words) => words.Length == 0 ? "" :
        string.Create(CultureInfo.InvariantCulture, $"*{words.Length}\r\n{string.Concat(words.Select(word => string.Create(CultureInfo.InvariantCulture, $"${Encoding.UTF8.GetByteCount(word)}\r\n{word}\r\n")))}");
}
