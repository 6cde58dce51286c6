using System.Security.Cryptography;
using Chat.Servers.Invites;

namespace Chat.Servers.Templates;

/// <summary>Twelve characters, none of which is mistaken for another: 69 bits. Whoever has it sees the names of private channels, so it must not be guessed.</summary>
internal static class TemplateCode
{
    public const int Length = 12;

    public static string New() => RandomNumberGenerator.GetString(InviteCode.Alphabet, Length);

    /// <summary>What the audit log says of a code: enough to tell templates apart, and of no use. Not everybody who reads the log may see what the code leads to.</summary>
    public static string Shown(string code) => $"{code[..4]}…";

    public static bool IsWellFormed(string code) => code.Length == Length && code.All(character => InviteCode.Alphabet.Contains(character));
}
