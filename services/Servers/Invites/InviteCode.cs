using System.Security.Cryptography;

namespace Chat.Servers.Invites;

/// <summary>Eight characters, none of which is mistaken for another (no 0 O o, 1 I i L l): 46 bits.</summary>
internal static class InviteCode
{
    public const int Length = 8;
    public const string Alphabet = "23456789ABCDEFGHJKMNPQRSTUVWXYZabcdefghjkmnpqrstuvwxyz";

    public static string New() => RandomNumberGenerator.GetString(Alphabet, Length);

    public static bool IsWellFormed(string code) => code.Length == Length && code.All(character => Alphabet.Contains(character));
}
