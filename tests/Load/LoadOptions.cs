using System.Globalization;

namespace Chat.Load;

/// <summary>What every run takes.</summary>
/// <param name="Rate">Requests a second.</param>
/// <param name="Length">How long each phase lasts.</param>
internal sealed record LoadOptions(int Rate, TimeSpan Length)
{
    public static LoadOptions Parse(IReadOnlyList<string> arguments)
    {
        var options = new LoadOptions(200, TimeSpan.FromSeconds(20));
        for (var i = 0; i + 1 < arguments.Count; i += 2)
        {
            var value = int.Parse(arguments[i + 1], CultureInfo.InvariantCulture);
            options = arguments[i] switch
            {
                "--rate" => options with { Rate = value },
                "--seconds" => options with { Length = TimeSpan.FromSeconds(value) },
                var unknown => throw new ArgumentException($"Unknown option {unknown}."),
            };
        }

        return options;
    }
}
