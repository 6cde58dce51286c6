using System.Security.Cryptography;

namespace Chat.Servers.Invites;

/// <summary>
/// Eight characters, none of which is mistaken for another (no 0 O o, 1 I i L l): 46 bits. At least one is a capital letter, which no vanity code is found by (<see cref="MayHaveBeen"/>).
/// </summary>
internal static class InviteCode
{
    public const int Length = 8;
    public const string Alphabet = "23456789ABCDEFGHJKMNPQRSTUVWXYZabcdefghjkmnpqrstuvwxyz";

    public static string New()
    {
        string code;
        do
        {
            code = RandomNumberGenerator.GetString(Alphabet, Length);
        }
        while (!MayHaveBeen(code));

        return code;
    }

    public static bool IsWellFormed(string code) => code.Length == Length && code.All(character => Alphabet.Contains(character));

    /// <summary>Whether an invite can have had this code, though there is none any more: then it leads nowhere for good, so that nobody takes over links which others gave away.</summary>
    public static bool MayHaveBeen(string code) => IsWellFormed(code) && code.Any(char.IsAsciiLetterUpper);
}
