using Chat.Access;
using Granted = Chat.Contracts.Permissions;

namespace Chat.Servers.Tests;

public sealed class EffectivePermissionsTests
{
    private static readonly Guid User = Guid.CreateVersion7();
    private static readonly Guid Role = Guid.CreateVersion7();
    private static readonly Guid OtherRole = Guid.CreateVersion7();

    [Fact]
    public void Equals_a_second_implementation_that_decides_flag_by_flag_in_1_000_000_random_cases()
    {
        var (granted, refused) = (0L, 0L);
        RandomStandings.Check(1_000_000, seed: 20_260_131, (member, channel) =>
        {
            var (inChannel, inServer) = (SlowPermissions.InChannel(member, channel), SlowPermissions.InServer(member));
            Interlocked.Or(ref granted, inChannel);
            Interlocked.Or(ref refused, ~inChannel);
            var computed = ((long)EffectivePermissions.Compute(member, channel), (long)EffectivePermissions.InServer(member));
            return computed == (inChannel, inServer) ? null : $"expected {(inChannel, inServer)}, got {computed} for {member}, {channel}.";
        });

        // Chance has tried both answers of every flag, and never invented one.
        Assert.Equal(((long)Granted.All, -1L), (granted, refused));
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
    public void Roles_alone_show_nobody_a_private_channel_but_an_override_of_a_role_or_of_the_member_does()
    {
        MemberStanding member = new(User, Owner: false, [new HeldRole(Role, Granted.ViewChannel | Granted.SendMessages)]);
        Assert.Equal(Granted.None, EffectivePermissions.Compute(member, new ChannelRules(Private: true, [])));
        Assert.Equal(Granted.None, EffectivePermissions.Compute(member, new ChannelRules(true, [new ChannelOverride(OtherRole, Granted.ViewChannel, Granted.None)])));
        foreach (var target in (Guid[])[Role, User])
        {
            Assert.Equal(
                Granted.ViewChannel | Granted.SendMessages,
                EffectivePermissions.Compute(member, new ChannelRules(true, [new ChannelOverride(target, Granted.ViewChannel, Granted.None)])));
        }
    }

    [Theory]
    [InlineData(false, Granted.SendMessages | Granted.KickMembers, Granted.ViewChannel)]
    [InlineData(false, Granted.Administrator, Granted.All)]
    [InlineData(true, Granted.None, Granted.All)]
    public void A_timeout_leaves_reading_and_means_nothing_to_owner_and_administrators(bool owner, Granted role, Granted left)
    {
        MemberStanding member = new(User, owner, [new HeldRole(Role, role | Granted.ViewChannel)], TimedOut: true);
        Assert.Equal(left, EffectivePermissions.Compute(member, new ChannelRules(false, [new ChannelOverride(User, Granted.SendMessages, Granted.None)])));
        Assert.Equal(left, EffectivePermissions.InServer(member));
    }

    [Theory]
    [InlineData(false, Granted.SendMessages | Granted.KickMembers, Granted.ViewChannel | Granted.KickMembers)]
    [InlineData(false, Granted.Administrator, Granted.WhileArchived)]
    [InlineData(true, Granted.None, Granted.WhileArchived)]
    public void An_archived_server_is_read_only_for_everybody(bool owner, Granted role, Granted left)
    {
        MemberStanding member = new(User, owner, [new HeldRole(Role, role | Granted.ViewChannel)], Archived: true);
        Assert.Equal(left, EffectivePermissions.Compute(member, new ChannelRules(false, [new ChannelOverride(User, Granted.SendMessages, Granted.None)])));
        Assert.Equal(left, EffectivePermissions.InServer(member));
    }

    [Fact]
    public void Flags_that_do_not_exist_are_granted_to_nobody()
    {
        var every = (Granted)(-1L);
        Assert.Equal(Granted.All, Compute(User, owner: true, [new HeldRole(Role, every)], []));
        Assert.Equal(Granted.All, Compute(User, false, [new HeldRole(Role, every)], []));
        Assert.Equal(
            Granted.OfChannels | Granted.KickMembers,
            Compute(User, false, [new HeldRole(Role, every & ~(Granted.All & ~Granted.KickMembers))], [new ChannelOverride(User, every, Granted.None)]));
    }

    [Fact]
    public void What_the_model_encodes_it_decodes()
    {
        ChannelOverride[] overrides = [new(User, Granted.All, Granted.None), new(Role, Granted.None, Granted.SendMessages)];
        foreach (var isPrivate in (bool[])[false, true])
        {
            foreach (var slowMode in (int[])[0, 1, 21_600])
            {
                var decoded = PermissionModel.DecodeRules(PermissionModel.Encode(new ChannelRules(isPrivate, overrides, slowMode)));
                Assert.Equal(overrides, decoded?.Overrides);
                Assert.Equal((isPrivate, slowMode), (decoded?.Private, decoded?.SlowMode));
            }
        }

        Assert.Equal((false, 0), PermissionModel.DecodeRules("") is { } rules ? (rules.Private, rules.Overrides.Count) : (true, -1));
    }

    [Fact]
    public void What_the_model_encodes_of_roles_it_decodes()
    {
        foreach (var granted in (Granted[])[Granted.None, Granted.ViewChannel, Granted.All, (Granted)(-1L)])
        {
            Assert.Equal((granted, true), PermissionModel.DecodeRole(PermissionModel.Encode(granted, mentionable: true)));
            Assert.Equal((granted, false), PermissionModel.DecodeRole(PermissionModel.Encode(granted, mentionable: false)));
            Assert.Equal((granted, false), PermissionModel.DecodeRole(PermissionModel.Encode(granted)));
        }

        Assert.All((string[])["", "@", "1@@", "@1", "one"], text => Assert.Null(PermissionModel.DecodeRole(text)));
        Assert.Equal([User, Role], PermissionModel.DecodeMember(PermissionModel.Encode([User, Role])));
    }

    [Theory]
    [InlineData("nonsense")]
    [InlineData("nonsense:1:2")]
    [InlineData("018f0000-0000-7000-8000-000000000000:1")]
    [InlineData("018f0000-0000-7000-8000-000000000000:x:1")]
    public void What_the_model_cannot_read_it_does_not_guess(string text) => Assert.Null(PermissionModel.DecodeRules(text));

    private static Granted Compute(Guid user, bool owner, IReadOnlyList<HeldRole> roles, IReadOnlyList<ChannelOverride> overrides) =>
        EffectivePermissions.Compute(new MemberStanding(user, owner, roles), new ChannelRules(false, overrides));
}
