namespace Chat.Load.MessagePath;

/// <summary>
/// The send path alone: <c>POST channels/{id}/messages</c> on messaging's own address, with messages grouped into transactions as by default, and by the same code with one
/// transaction for each message, in turns.
/// </summary>
internal static class SendRun
{
    private const int Senders = 256;
    private const int Channels = 1000;

    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(3);

    /// <summary>The first is measured against the others. A service has 25 connections, of which the publisher and others need some.</summary>
    private static readonly RigMode[] Modes =
    [
        new("grouped"),
        new("ungrouped", ("Writer:GroupSize", "1")),
        new("ungrouped-many-lanes", ("Writer:GroupSize", "1"), ("Writer:Lanes", "20")),
    ];

    public static async Task<int> RunAsync(LoadOptions options)
    {
        await using var rig = await MessagingRig.StartAsync(Modes);
        var place = Place.New(Channels + 1, Senders);
        await place.FillAsync(await rig.ServersDatabaseAsync());
        string[] tokens = [.. place.People.Select(person => rig.Tokens.For(person.Id, person.Name))];
        foreach (var mode in Modes)
            await place.WarmAsync(rig, mode);

        var (hot, many) = (place.Channels[0], place.Channels[1..]);
        SendScenario[] scenarios =
        [
            new("hot channel", Senders, (_, _) => hot),
            // Everybody passes through all channels, each from a place of their own: 7 is prime to 1,000.
            new("1,000 channels", Senders, (sender, n) => many[(int)((sender * 613L + n * 7) % many.Length)]),
            new("single sender", 1, (_, _) => hot),
        ];
        foreach (var mode in Modes)
        {
            Console.Error.WriteLine($"Warming up {mode.Name} …");
            await TouchAsync(rig, mode, tokens, place.Channels);
            foreach (var scenario in scenarios)
                await SendPhase.RunAsync(rig, mode, scenario, tokens, 0, WarmUp);
        }

        var phases = new List<SendPhase>();
        for (var round = 1; round <= options.Rounds; round++)
        {
            foreach (var scenario in scenarios)
            {
                // Each is first in its turn, for nobody is to have the quieter half of the run.
                for (var i = 0; i < Modes.Length; i++)
                {
                    var phase = await SendPhase.RunAsync(rig, Modes[(i + round - 1) % Modes.Length], scenario, tokens, round, options.Length);
                    phases.Add(phase);
                    Console.Error.WriteLine($"Round {round}, {phase.Scenario}, {phase.Mode}: {phase.Rate:0} a second, p50 {phase.Percentile(0.5):0.0} ms");
                }
            }
        }

        return await SendReport.WriteAsync(phases, [.. Modes.Select(mode => mode.Name)], options);
    }

    /// <summary>A message in each channel, which makes the channels' rows.</summary>
    private static async Task TouchAsync(MessagingRig rig, RigMode mode, string[] tokens, Guid[] channels)
    {
        await Task.WhenAll(tokens.Select(async (token, i) =>
        {
            using var sender = await Sender.ConnectAsync(rig.Address(mode), token);
            for (var channel = i; channel < channels.Length; channel += tokens.Length)
            {
                if (await sender.SendAsync(channels[channel]) is not 201 and var status)
                    throw new HttpRequestException($"A send to {mode.Name} is answered {status}.");
            }
        }));
    }
}
