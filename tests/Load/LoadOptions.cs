using System.Globalization;

namespace Chat.Load;

/// <summary>What every run takes.</summary>
/// <param name="Rate">Requests a second.</param>
/// <param name="Length">How long each phase lasts.</param>
/// <param name="Rounds">How often everything is measured in turns.</param>
/// <param name="Messages">Messages that are seeded in all; a fifth of them in one channel.</param>
/// <param name="Output">The file that all figures go to.</param>
internal sealed record LoadOptions(int Rate, TimeSpan Length, int Rounds, int Messages, string Output)
{
    public static LoadOptions Parse(IReadOnlyList<string> arguments)
    {
        var options = new LoadOptions(200, TimeSpan.FromSeconds(20), 5, 5_000_000, "load.json");
        for (var i = 0; i + 1 < arguments.Count; i += 2)
        {
            var value = arguments[i + 1];
            options = arguments[i] switch
            {
                "--rate" => options with { Rate = Number(value) },
                "--seconds" => options with { Length = TimeSpan.FromSeconds(Number(value)) },
                "--rounds" => options with { Rounds = Number(value) },
                "--messages" => options with { Messages = Number(value) },
                "--output" => options with { Output = value },
                var unknown => throw new ArgumentException($"Unknown option {unknown}."),
            };
        }

        return options;
    }

    private static int Number(string value) => int.Parse(value, NumberStyles.None, CultureInfo.InvariantCulture);
}
