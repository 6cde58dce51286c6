using System.Text;

namespace Chat.Load.MessagePath;

/// <summary>Text as people write it: words by Zipf's law over 20,000, some Chinese and Japanese, some emoji. The same for the same seed.</summary>
internal sealed class SeedText(uint seed)
{
    /// <summary>A word in one of ten texts or so, one in a thousandth of them, and one that is in a few dozen of millions.</summary>
    public const string Common = "people", Rare = "kestrel", Few = "zanoruvi";

    private const int Vocabulary = 20_000;

    private static readonly string[] Frequent = (
        "the to and of a in is it you that for on was with as at be this have from or one had by word but not what all were we when your can said there use an each which she do how their if will up other "
        + "about out many then them these so some her would make like him into time has look two more write go see number no way could people my than first water been call who oil its now find long down day "
        + "did get come made may part over new sound take only little work know place year live me back give most very after thing our just name good sentence man think say great where help through much "
        + "before line right too mean old any same tell boy follow came want show also around form three small set put end does another well large must big even such because turn here why ask went men read "
        + "need land different home us move try kind hand picture again change off play spell air away animal house point page letter mother answer found study still learn should world server channel "
        + "meeting deploy release tomorrow tonight coffee lunch weekend ticket review branch merge build broken fixed thanks lol okay sure maybe later ping update version issue screenshot link docs question "
        + "amber birch copper delta ember falcon garnet harbour indigo juniper kestrel lantern meadow nimbus orchid pebble quartz raven saffron thistle umbra velvet willow xenon yarrow zephyr").Split(' ');

    private static readonly string[] Asian =
    [
        "今天天气很好", "我们明天开会", "这个问题已经解决了", "谢谢你的帮助", "请看一下文档", "新版本发布了", "周末去爬山吗", "数据库又慢了", "おはようございます", "今日の会議は三時からです",
        "ありがとうございました", "新しいバージョンを試してください", "週末は何をしますか", "バグを直しました", "東京は雨です", "안녕하세요", "회의는 내일입니다", "감사합니다", "서버가 다시 시작되었습니다",
    ];

    private static readonly string[] Emoji = ["😀", "😂", "👍", "🎉", "❤️", "🔥", "🙏", "👀", "🚀", "👩‍💻", "🇯🇵", "✅"];

    private static readonly string[] Words = [.. Frequent.Distinct(StringComparer.Ordinal), .. Invented().Except(Frequent).Take(Vocabulary - Frequent.Length)];

    private readonly StringBuilder _text = new(400);
    private ulong _state = 0x9E3779B97F4A7C15UL ^ ((ulong)seed << 17);

    /// <summary>A number from 0 to <paramref name="below"/> - 1.</summary>
    public int Next(int below) => (int)(NextUnit() * below);

    /// <summary>A number from 0 to <paramref name="below"/> - 1, n about as often as 1 / (n + 1).</summary>
    public int NextByZipf(int below) => Math.Min(below - 1, (int)Math.Exp(NextUnit() * Math.Log(below + 1)) - 1);

    /// <summary>True once in so many.</summary>
    public bool Once(int times) => Next(times) == 0;

    public string Message()
    {
        _text.Clear();
        if (Once(25))
        {
            for (var count = 1 + Next(3); count > 0; count--)
                _text.Append(Asian[Next(Asian.Length)]).Append('。');
        }
        else
        {
            for (var count = 1 + NextByZipf(40) + Next(8); count > 0; count--)
                _text.Append(_text.Length > 0 ? " " : "").Append(Words[NextByZipf(Words.Length)]);
        }

        if (Once(400_000))
            _text.Append(' ').Append(Few);
        if (Once(12))
            _text.Append(' ').Append(Emoji[Next(Emoji.Length)]);
        return _text.ToString();
    }

    private double NextUnit()
    {
        // xorshift64*: fast, and the same everywhere.
        _state ^= _state >> 12;
        _state ^= _state << 25;
        _state ^= _state >> 27;
        return (_state * 0x2545F4914F6CDD1DUL >> 11) * (1.0 / (1UL << 53));
    }

    private static IEnumerable<string> Invented()
    {
        string[] syllables = ["ba", "ke", "li", "mo", "nu", "ra", "se", "ti", "vo", "zu", "dar", "fen", "gil", "hop", "jun", "lam", "mer", "nis", "pol", "rus", "sta", "tre", "win", "xal", "yor", "bel", "cro", "dun"];
        return from first in syllables from second in syllables from third in syllables select first + second + third;
    }
}
