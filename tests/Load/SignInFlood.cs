using System.Diagnostics;
using System.Net.Http.Json;
using System.Security.Cryptography;

namespace Chat.Load;

/// <summary>
/// Wrong sign-ins at a fixed rate, answered or not, and what other routes of identity take meanwhile. Once through the gateway, where all come from one address and most are refused
/// by count; once past it, from ever new addresses, where only the bound on password hashing holds.
/// </summary>
internal static class SignInFlood
{
    private const int ProbesPerSecond = 20;

    private static readonly string[] Probes = ["/api/v1/users/@me", "/api/v1/auth/sessions", "/.well-known/jwks.json"];

    public static async Task<int> RunAsync(LoadOptions options)
    {
        await using var chat = await RunningChat.StartAsync();
        using var person = await chat.SignUpAsync("ann");
        using var flood = new HttpClient(new SocketsHttpHandler { UseCookies = false }) { Timeout = TimeSpan.FromSeconds(30) };

        await MeasureAsync(person, TimeSpan.FromSeconds(5));
        var calm = await MeasureAsync(person, options.Length);
        var (counted, countedProbes) = await FloodAsync(flood, person, chat.Gateway, options, newAddresses: false);
        var (spread, spreadProbes) = await FloodAsync(flood, person, chat.Identity, options, newAddresses: true);

        Console.WriteLine($"{options.Rate} wrong sign-ins a second for {options.Length.TotalSeconds:0} s, {Environment.ProcessorCount} cores, ms through the gateway");
        Console.WriteLine($"{"",-26}{"p50",8}{"p95",8}{"p99",8}  answers");
        foreach (var probe in Probes)
        {
            Print($"calm   {probe}", calm[probe]);
            Print($"one    {probe}", countedProbes[probe]);
            Print($"spread {probe}", spreadProbes[probe]);
        }

        Print("one    sign-in", counted);
        Print("spread sign-in", spread);
        return 0;
    }

    private static async Task<(Latencies SignIns, Dictionary<string, Latencies> Probes)> FloodAsync(
        HttpClient flood, HttpClient person, Uri target, LoadOptions options, bool newAddresses)
    {
        var signIns = new Latencies();
        var measuring = MeasureAsync(person, options.Length);
        var pending = new List<Task>();
        var started = Stopwatch.GetTimestamp();
        for (var sent = 0; Stopwatch.GetElapsedTime(started) < options.Length; sent++)
        {
            var due = TimeSpan.FromSeconds((double)sent / options.Rate);
            if (due - Stopwatch.GetElapsedTime(started) is { Ticks: > 0 } early)
                await Task.Delay(early);
            pending.Add(SignInAsync(flood, target, signIns, newAddresses, sent));
        }

        var probes = await measuring;
        await Task.WhenAll(pending);
        return (signIns, probes);
    }

    /// <summary>Every other one aims at an account that exists.</summary>
    private static async Task SignInAsync(HttpClient flood, Uri target, Latencies latencies, bool newAddress, int number)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(target, "/api/v1/auth/login"))
        {
            Content = JsonContent.Create(new { login = number % 2 == 0 ? "ann" : $"nobody{number}", password = "a wrong password" }),
        };
        if (newAddress)
            request.Headers.Add("X-Forwarded-For", $"10.{RandomNumberGenerator.GetInt32(256)}.{RandomNumberGenerator.GetInt32(256)}.{RandomNumberGenerator.GetInt32(1, 255)}");
        await TimeAsync(flood, request, latencies);
    }

    private static async Task<Dictionary<string, Latencies>> MeasureAsync(HttpClient person, TimeSpan length)
    {
        var measured = Probes.ToDictionary(probe => probe, _ => new Latencies(), StringComparer.Ordinal);
        using var limit = new CancellationTokenSource(length);
        using var timer = new PeriodicTimer(TimeSpan.FromSeconds(1.0 / ProbesPerSecond));
        var pending = new List<Task>();
        try
        {
            while (await timer.WaitForNextTickAsync(limit.Token))
            {
                foreach (var (probe, latencies) in measured)
                    pending.Add(ProbeAsync(person, probe, latencies));
            }
        }
        catch (OperationCanceledException)
        {
            // The phase is over.
        }

        await Task.WhenAll(pending);
        return measured;
    }

    private static async Task ProbeAsync(HttpClient person, string path, Latencies latencies)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        await TimeAsync(person, request, latencies);
    }

    private static async Task TimeAsync(HttpClient client, HttpRequestMessage request, Latencies latencies)
    {
        var started = Stopwatch.GetTimestamp();
        try
        {
            using var response = await client.SendAsync(request);
            latencies.Add(Stopwatch.GetElapsedTime(started), (int)response.StatusCode);
        }
        catch (Exception exception) when (exception is HttpRequestException or OperationCanceledException)
        {
            latencies.Add(Stopwatch.GetElapsedTime(started), 0);
        }
    }

    private static void Print(string what, Latencies latencies) =>
        Console.WriteLine($"{what,-34}{latencies.Percentile(0.5),8:0.0}{latencies.Percentile(0.95),8:0.0}{latencies.Percentile(0.99),8:0.0}  {latencies.Statuses()}");
}
