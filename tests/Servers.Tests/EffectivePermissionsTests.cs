using System.Numerics;
using Chat.Access;
using Granted = Chat.Contracts.Permissions;

namespace Chat.Servers.Tests;

public sealed class EffectivePermissionsTests
{
    private static readonly Guid User = Guid.CreateVersion7();
    private static readonly Guid Role = Guid.CreateVersion7();
    private static readonly Guid OtherRole = Guid.CreateVersion7();

    [Fact]
    public void Equals_a_second_implementation_that_decides_flag_by_flag_in_100_000_random_cases()
    {
        var random = new Random(20_260_131);
        Guid[] pool = [.. Enumerable.Range(0, 6).Select(_ => Guid.CreateVersion7()), User];
        for (var round = 0; round < 100_000; round++)
        {
            var owner = random.Next(20) == 0;
            var roles = pool[..6].Where(_ => random.Next(3) == 0).Select(id => new HeldRole(id, Flags(random))).ToList();
            var overrides = pool.Where(_ => random.Next(2) == 0).Select(id => new ChannelOverride(id, Flags(random), Flags(random))).ToList();

            var expected = Slow(owner, roles, overrides);
            var actual = Compute(User, owner, roles, overrides);
            Assert.True(expected == actual, $"Round {round}: expected {expected}, got {actual}.");
        }
    }

    [Fact]
    public void The_owner_may_do_everything_whatever_the_channel_denies() =>
        Assert.Equal(Granted.All, Compute(User, owner: true, [], [new ChannelOverride(User, Granted.None, Granted.All)]));

    [Fact]
    public void An_administrator_may_do_everything_whatever_the_channel_denies() =>
        Assert.Equal(Granted.All, Compute(User, false, [new HeldRole(Role, Granted.Administrator)], [new ChannelOverride(Role, Granted.None, Granted.All)]));

    [Fact]
    public void A_channel_cannot_make_anybody_administrator() =>
        Assert.Equal(
            Granted.OfChannels,
            Compute(User, false, [new HeldRole(Role, Granted.None)], [new ChannelOverride(Role, Granted.All, Granted.None)]));

    [Fact]
    public void Without_ViewChannel_nothing_is_left() =>
        Assert.Equal(
            Granted.None,
            Compute(User, false, [new HeldRole(Role, Granted.ViewChannel | Granted.SendMessages)], [new ChannelOverride(Role, Granted.None, Granted.ViewChannel)]));

    [Fact]
    public void One_roles_allowance_beats_anothers_denial() =>
        Assert.Equal(
            Granted.ViewChannel,
            Compute(
                User,
                false,
                [new HeldRole(Role, Granted.ViewChannel), new HeldRole(OtherRole, Granted.None)],
                [new ChannelOverride(OtherRole, Granted.ViewChannel, Granted.None), new ChannelOverride(Role, Granted.None, Granted.ViewChannel)]));

    [Fact]
    public void The_members_own_denial_beats_every_roles_allowance() =>
        Assert.Equal(
            Granted.ViewChannel,
            Compute(
                User,
                false,
                [new HeldRole(Role, Granted.ViewChannel | Granted.SendMessages)],
                [new ChannelOverride(User, Granted.None, Granted.SendMessages), new ChannelOverride(Role, Granted.SendMessages, Granted.None)]));

    [Fact]
    public void Overrides_of_roles_that_are_not_held_change_nothing() =>
        Assert.Equal(
            Granted.ViewChannel,
            Compute(User, false, [new HeldRole(Role, Granted.ViewChannel)], [new ChannelOverride(OtherRole, Granted.All, Granted.All)]));

    [Fact]
    public void What_the_model_encodes_it_decodes()
    {
        ChannelOverride[] overrides = [new(User, Granted.All, Granted.None), new(Role, Granted.None, Granted.SendMessages)];
        foreach (var isPrivate in (bool[])[false, true])
        {
            var decoded = PermissionModel.DecodeRules(PermissionModel.Encode(new ChannelRules(isPrivate, overrides)));
            Assert.Equal(overrides, decoded?.Overrides);
            Assert.Equal(isPrivate, decoded?.Private);
        }

        Assert.Equal((false, 0), PermissionModel.DecodeRules("") is { } rules ? (rules.Private, rules.Overrides.Count) : (true, -1));
    }

    [Theory]
    [InlineData("nonsense")]
    [InlineData("nonsense:1:2")]
    [InlineData("018f0000-0000-7000-8000-000000000000:1")]
    [InlineData("018f0000-0000-7000-8000-000000000000:x:1")]
    public void What_the_model_cannot_read_it_does_not_guess(string text) => Assert.Null(PermissionModel.DecodeRules(text));

    private static Granted Compute(Guid user, bool owner, IReadOnlyList<HeldRole> roles, IReadOnlyList<ChannelOverride> overrides) =>
        EffectivePermissions.Compute(new MemberStanding(user, owner, roles), new ChannelRules(false, overrides));

    private static Granted Flags(Random random) => (Granted)(random.NextInt64() & random.NextInt64() & (long)Granted.All);

    /// <summary>Decides each flag by itself, from the strongest statement about it to the weakest.</summary>
    private static Granted Slow(bool owner, List<HeldRole> roles, List<ChannelOverride> overrides)
    {
        if (owner || roles.Any(role => Has(role.Granted, Granted.Administrator)))
        {
            return Granted.All;
        }

        var result = Granted.None;
        for (var bit = 0; bit < BitOperations.PopCount((ulong)Granted.All); bit++)
        {
            var flag = (Granted)(1L << bit);
            if (flag != Granted.Administrator && Decide(flag))
            {
                result |= flag;
            }
        }

        return Has(result, Granted.ViewChannel) ? result : Granted.None;

        bool Decide(Granted flag)
        {
            var mine = overrides.Where(change => change.Target == User && Has(Granted.OfChannels, flag)).ToList();
            var ofRoles = overrides.Where(change => Has(Granted.OfChannels, flag) && roles.Exists(role => role.Id == change.Target)).ToList();
            return mine.Exists(change => Has(change.Allow, flag))
                || (!mine.Exists(change => Has(change.Deny, flag))
                    && (ofRoles.Exists(change => Has(change.Allow, flag))
                        || (!ofRoles.Exists(change => Has(change.Deny, flag)) && roles.Exists(role => Has(role.Granted, flag)))));
        }
    }

    private static bool Has(Granted set, Granted flag) => (set & flag) == flag;
}
