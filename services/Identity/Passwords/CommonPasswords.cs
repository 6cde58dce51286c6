using System.Collections.Frozen;

namespace Chat.Identity.Passwords;

/// <summary>
/// Passwords that many people have chosen and that are tried first: the list that zxcvbn goes by, of Dropbox, Dan Wheeler and Tony Richards, which lies in the package zxcvbn-core
/// (MIT, https://github.com/trichards57/zxcvbn-cs). Nothing else of the package is used.
/// </summary>
internal sealed class CommonPasswords
{
    private const string Resource = "zxcvbn-core.Dictionaries.passwords.lst";

    private readonly FrozenSet<string> _passwords = Read().ToFrozenSet(StringComparer.Ordinal);

    /// <summary>In whatever case and normal form.</summary>
    public bool Contains(string password) => _passwords.Contains(Fold(password));

    /// <summary>What two spellings of one word have in common.</summary>
    public static string Fold(string text) => Password.Normalise(text).ToLowerInvariant();

    private static IEnumerable<string> Read()
    {
        using var stream = typeof(Zxcvbn.Zxcvbn).Assembly.GetManifestResourceStream(Resource)
            ?? throw new InvalidOperationException($"The package zxcvbn-core has no {Resource}.");
        using var reader = new StreamReader(stream);
        while (reader.ReadLine() is { } line)
        {
            // Shorter ones are refused by their length.
            if (line.Trim() is { Length: >= Password.MinLength } password)
                yield return Fold(password);
        }
    }
}
