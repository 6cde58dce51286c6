using Chat.Access;
using Granted = Chat.Contracts.Permissions;

namespace Chat.Servers.Tests;

/// <summary>A member and a channel as chance has them, from a fixed seed.</summary>
internal static class RandomStandings
{
    private const int Chunk = 5_000;
    private const int RolesOfTheServer = 6;
    private const long Administrator = 1L << 18;

    /// <summary>Checks many cases on all processors; the first that fails, whichever processor finds it first, names its seed.</summary>
    /// <param name="check">Null when the case is right, else what is wrong. Runs in parallel.</param>
    public static void Check(int cases, int seed, Func<MemberStanding, ChannelRules, string?> check) => Parallel.For(0, cases / Chunk, chunk =>
    {
        var random = new Random(seed + chunk);
        Guid user = Id(random);
        Guid[] roles = [.. Enumerable.Range(0, RolesOfTheServer).Select(_ => Id(random))];
        for (var index = 0; index < Chunk; index++)
        {
            var (member, channel) = Next(random, user, roles);
            if (check(member, channel) is { } wrong)
            {
                Assert.Fail($"Seed {seed + chunk}, case {index}: {wrong}");
            }
        }
    });

    private static (MemberStanding Member, ChannelRules Channel) Next(Random random, Guid user, Guid[] roles)
    {
        var held = new List<HeldRole>();
        var overrides = new List<ChannelOverride>();
        foreach (var role in roles)
        {
            if (random.Next(3) == 0)
            {
                held.Add(new HeldRole(role, Flags(random)));
            }

            if (random.Next(3) == 0)
            {
                overrides.Add(new ChannelOverride(role, Flags(random), Flags(random)));
            }
        }

        if (random.Next(2) == 0)
        {
            overrides.Insert(random.Next(overrides.Count + 1), new ChannelOverride(user, Flags(random), Flags(random)));
        }

        var member = new MemberStanding(user, Owner: random.Next(20) == 0, held, TimedOut: random.Next(5) == 0, Archived: random.Next(5) == 0);
        return (member, new ChannelRules(Private: random.Next(3) == 0, overrides));
    }

    /// <summary>A quarter of all flags; one in ten with some that do not exist, few with administrator.</summary>
    private static Granted Flags(Random random)
    {
        var flags = random.NextInt64(long.MinValue, long.MaxValue) & random.NextInt64(long.MinValue, long.MaxValue);
        flags = random.Next(10) == 0 ? flags : flags & ((1L << 22) - 1);
        return (Granted)(random.Next(20) == 0 ? flags | Administrator : flags & ~Administrator);
    }

    private static Guid Id(Random random)
    {
        Span<byte> bytes = stackalloc byte[16];
        random.NextBytes(bytes);
        return new Guid(bytes);
    }
}
