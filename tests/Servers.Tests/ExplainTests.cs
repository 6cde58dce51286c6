using Chat.Access;
using Granted = Chat.Contracts.Permissions;

namespace Chat.Servers.Tests;

public sealed class ExplainTests(ServersFixture fixture)
{
    private static readonly Guid User = Guid.CreateVersion7();
    private static readonly Guid Role = Guid.CreateVersion7();
    private static readonly Guid OtherRole = Guid.CreateVersion7();

    private Deployment Deployment => fixture.Deployment;

    [Fact]
    public void What_is_explained_as_granted_is_what_is_granted_in_200_000_random_cases() =>
        RandomStandings.Check(200_000, seed: 20_260_207, (member, channel) =>
        {
            var explained = PermissionExplanation.Explain(member, channel);
            var granted = explained.Where(decision => decision.Granted).Aggregate(Granted.None, (set, decision) => set | decision.Flag);
            var computed = EffectivePermissions.Compute(member, channel);
            return granted != computed ? $"explained {granted}, computed {computed} for {member}, {channel}."
                : explained.Select(decision => (long)decision.Flag).SequenceEqual(Enumerable.Range(0, 22).Select(bit => 1L << bit)) ? null
                : "not every flag once, in order.";
        });

    [Fact]
    public void Without_what_is_named_as_the_reason_the_explanation_is_another_in_10_000_random_cases() =>
        RandomStandings.Check(10_000, seed: 4, (member, channel) => PermissionExplanation.Explain(member, channel)
            .Where(decision => !IsTrue(decision, member, channel))
            .Select(decision => $"{decision} of {member}, {channel}.")
            .FirstOrDefault());

    [Theory]
    [InlineData(DecidedBy.Owner, true, Granted.KickMembers)]
    [InlineData(DecidedBy.Administrator, true, Granted.SendMessages)]
    [InlineData(DecidedBy.Role, true, Granted.SendMessages)]
    [InlineData(DecidedBy.Nothing, false, Granted.BanMembers)]
    [InlineData(DecidedBy.PrivateChannel, false, Granted.ViewChannel)]
    [InlineData(DecidedBy.NoView, false, Granted.SendMessages)]
    [InlineData(DecidedBy.RoleAllowance, true, Granted.AttachFiles)]
    [InlineData(DecidedBy.RoleDenial, false, Granted.SendMessages)]
    [InlineData(DecidedBy.MemberAllowance, true, Granted.AttachFiles)]
    [InlineData(DecidedBy.MemberDenial, false, Granted.SendMessages)]
    [InlineData(DecidedBy.Timeout, false, Granted.SendMessages)]
    [InlineData(DecidedBy.Archive, false, Granted.SendMessages)]
    public void Every_reason_is_named_where_it_decides(DecidedBy by, bool granted, Granted flag)
    {
        var member = new MemberStanding(User, by == DecidedBy.Owner, [new HeldRole(Role, Granted.ViewChannel | Granted.SendMessages)], by == DecidedBy.Timeout, by == DecidedBy.Archive);
        if (by == DecidedBy.Administrator)
        {
            member = member with { Roles = [.. member.Roles, new HeldRole(OtherRole, Granted.Administrator)] };
        }

        ChannelOverride[] overrides = by switch
        {
            DecidedBy.RoleAllowance => [new(Role, flag, Granted.None), new(OtherRole, Granted.None, flag)],
            DecidedBy.RoleDenial => [new(Role, Granted.None, flag), new(OtherRole, flag, Granted.None)],
            DecidedBy.MemberAllowance => [new(Role, Granted.None, flag), new(User, flag, Granted.None)],
            DecidedBy.MemberDenial => [new(Role, flag, Granted.None), new(User, Granted.None, flag)],
            DecidedBy.Owner or DecidedBy.Administrator => [new(Role, Granted.None, Granted.OfChannels), new(User, Granted.None, Granted.OfChannels)],
            _ => [],
        };
        var decision = PermissionExplanation.Explain(member, new ChannelRules(by is DecidedBy.PrivateChannel or DecidedBy.NoView, overrides)).Single(one => one.Flag == flag);

        Assert.Equal((by, granted), (decision.By, decision.Granted));
        Guid[] roles = by switch
        {
            DecidedBy.Administrator => [OtherRole],
            DecidedBy.Role or DecidedBy.RoleAllowance or DecidedBy.RoleDenial => [Role],
            _ => [],
        };
        Assert.Equal(roles, decision.Roles);
    }

    [Fact]
    public void All_the_roles_that_decide_are_named_and_no_other()
    {
        Guid[] roles = [.. Enumerable.Range(0, 4).Select(_ => Guid.CreateVersion7())];
        var member = new MemberStanding(User, false, [.. roles[..3].Select((role, index) => new HeldRole(role, index < 2 ? Granted.ViewChannel | Granted.Speak : Granted.None))]);
        var explained = PermissionExplanation.Explain(member, new ChannelRules(false, [.. roles.Select((role, index) =>
            new ChannelOverride(role, index is 0 or 2 or 3 ? Granted.Stream : Granted.None, Granted.Connect | (index == 1 ? Granted.Stream : Granted.None)))]));

        Assert.Equal(roles[..2], Decision(Granted.Speak).Roles);
        Assert.Equal([roles[0], roles[2]], Decision(Granted.Stream).Roles);
        Assert.Equal(roles[..3], Decision(Granted.Connect).Roles);

        FlagDecision Decision(Granted flag) => explained.Single(decision => decision.Flag == flag);
    }

    [Fact]
    public async Task Everybody_may_ask_about_themselves_and_whoever_manages_roles_about_others()
    {
        var (ada, bob, cyd) = (await Deployment.SignUpAsync("ada"), await Deployment.SignUpAsync("bob"), await Deployment.SignUpAsync("cyd"));
        using var owner = Deployment.ClientOf(ada);
        using var member = Deployment.ClientOf(bob, replica: 1);
        using var stranger = Deployment.ClientOf(cyd);
        var server = await owner.CreateServerAsync();
        var path = $"/api/v1/channels/{server.General()}/permissions";
        await (await member.AcceptAsync(await owner.InviteAsync(server.Id()))).BodyAsync(HttpStatusCode.OK);
        await Sql.ExecuteAsync(
            Deployment.Database,
            "insert into channel_overrides (channel_id, target_id, of_role, allow, deny) values ($1, $2, false, 0, $3)",
            server.General(), bob.Id, (long)Granted.SendMessages);

        var mine = await member.ReadAsync($"{path}/{bob.Id}?explain=true");
        var flags = mine.GetProperty("flags").EnumerateArray().ToList();
        Assert.Equal(22, flags.Count);
        Assert.Equal(mine.GetProperty("permissions").GetInt64(), flags.Where(flag => flag.GetProperty("granted").GetBoolean()).Sum(flag => flag.GetProperty("flag").GetInt64()));
        var send = flags.Single(flag => flag.GetProperty("name").GetString() == "SendMessages");
        Assert.Equal((2L, false, "member_deny"), (send.GetProperty("flag").GetInt64(), send.GetProperty("granted").GetBoolean(), send.GetProperty("by").GetString()));
        Assert.False(send.TryGetProperty("roles", out _));
        var view = flags.Single(flag => flag.GetProperty("name").GetString() == "ViewChannel");
        var role = (await Sql.ListAsync<Guid>(Deployment.Database, "select role_id from member_roles where user_id = $1", bob.Id))[0];
        Assert.Equal(("role", role), (view.GetProperty("by").GetString(), view.GetProperty("roles")[0].GetGuid()));

        // The same of another, by whoever manages roles; without the reasons, as of oneself.
        Assert.Equal(mine.ToString(), (await owner.ReadAsync($"{path}/{bob.Id}?explain=true")).ToString());
        Assert.Equal(mine.ToString(), (await member.ReadAsync($"{path}/@me?explain=true")).ToString());
        var plain = await owner.ReadAsync($"{path}/{bob.Id}");
        Assert.False(plain.TryGetProperty("flags", out _));
        Assert.Equal((await member.ReadAsync($"{path}/@me")).ToString(), plain.ToString());
        Assert.Equal((server.Id(), bob.Id), (plain.GetProperty("server").GetGuid(), plain.GetProperty("user").GetGuid()));

        await member.RefusesAsync($"{path}/{ada.Id}", HttpStatusCode.Forbidden, "missing_permission");
        await member.RefusesAsync($"{path}/{cyd.Id}?explain=true", HttpStatusCode.Forbidden, "missing_permission");
        await owner.RefusesAsync($"{path}/{cyd.Id}", HttpStatusCode.NotFound, "member_not_found");
        await owner.RefusesAsync($"{path}/{Guid.CreateVersion7()}?explain=true", HttpStatusCode.NotFound, "member_not_found");
        await owner.RefusesAsync($"{path}/{bob.Id}?explain=perhaps", HttpStatusCode.BadRequest, "malformed_request");
        await owner.RefusesAsync($"/api/v1/channels/{Guid.CreateVersion7()}/permissions/{bob.Id}", HttpStatusCode.NotFound, "channel_not_found");
        foreach (var user in (Guid[])[ada.Id, cyd.Id, Guid.CreateVersion7()])
        {
            await stranger.RefusesAsync($"{path}/{user}?explain=true", HttpStatusCode.NotFound, "channel_not_found");
        }
    }

    [Fact]
    public async Task A_channel_that_the_caller_does_not_see_is_not_explained_but_one_that_the_other_does_not_see_is()
    {
        var (ada, bob) = (await Deployment.SignUpAsync("ada"), await Deployment.SignUpAsync("bob"));
        using var owner = Deployment.ClientOf(ada);
        using var member = Deployment.ClientOf(bob);
        var server = await owner.CreateServerAsync();
        await (await member.AcceptAsync(await owner.InviteAsync(server.Id()))).BodyAsync(HttpStatusCode.OK);
        await Sql.ExecuteAsync(Deployment.Database, "update channels set private = true where id = $1", server.General());
        var path = $"/api/v1/channels/{server.General()}/permissions/{bob.Id}?explain=true";

        await member.RefusesAsync(path, HttpStatusCode.NotFound, "channel_not_found");
        var explained = await owner.ReadAsync(path);
        Assert.Equal(0, explained.GetProperty("permissions").GetInt64());
        Assert.Equal(
            ["private", "no_view", "none"],
            explained.GetProperty("flags").EnumerateArray().Select(flag => flag.GetProperty("by").GetString()).Distinct());

        // Managing roles does not help where the channel stays hidden; nor does it go with the archive.
        await Sql.ExecuteAsync(Deployment.Database, "update roles set permissions = permissions | $2 where server_id = $1 and built_in = 'member'", server.Id(), (long)Granted.ManageRoles);
        await member.RefusesAsync($"/api/v1/channels/{server.General()}/permissions/{ada.Id}", HttpStatusCode.NotFound, "channel_not_found");
        await Sql.ExecuteAsync(Deployment.Database, "update channels set private = false where id = $1", server.General());
        await Sql.ExecuteAsync(Deployment.Database, "update servers set archived_at = now() where id = $1", server.Id());
        var archived = await member.ReadAsync($"/api/v1/channels/{server.General()}/permissions/{ada.Id}?explain=true");
        Assert.Equal((long)Granted.WhileArchived, archived.GetProperty("permissions").GetInt64());
        Assert.Equal(["owner", "archive"], archived.GetProperty("flags").EnumerateArray().Select(flag => flag.GetProperty("by").GetString()).Distinct());
        await Sql.ExecuteAsync(Deployment.Database, "insert into member_timeouts (server_id, user_id, until) values ($1, $2, now() + interval '1 hour')", server.Id(), bob.Id);
        await member.RefusesAsync($"/api/v1/channels/{server.General()}/permissions/{ada.Id}", HttpStatusCode.Forbidden, "missing_permission");
    }

    /// <summary>Takes away what is said to have decided, and looks whether the explanation falls with it.</summary>
    private static bool IsTrue(FlagDecision decision, MemberStanding member, ChannelRules channel)
    {
        var (flag, roles) = (decision.Flag, decision.Roles);
        return decision.By switch
        {
            DecidedBy.Owner => member.Owner && !Named(member with { Owner = false }, channel),
            DecidedBy.Administrator => !member.Owner && roles.Count > 0 && !Named(member with { Roles = [.. member.Roles.Where(role => !roles.Contains(role.Id))] }, channel),
            DecidedBy.Role => roles.Count > 0
                && EffectivePermissions.Compute(member with { Roles = [.. member.Roles.Select(role => roles.Contains(role.Id) ? role with { Granted = role.Granted & ~flag } : role)] }, channel) is var without
                && !without.HasFlag(flag),
            DecidedBy.RoleAllowance or DecidedBy.RoleDenial => roles.Count > 0 && !Named(member, channel with { Overrides = [.. channel.Overrides.Where(one => !roles.Contains(one.Target))] }),
            DecidedBy.MemberAllowance or DecidedBy.MemberDenial => !Named(member, channel with { Overrides = [.. channel.Overrides.Where(one => one.Target != member.User)] }),
            DecidedBy.PrivateChannel => channel.Private && !Named(member, channel with { Private = false }),
            DecidedBy.Timeout => member.TimedOut && !Named(member with { TimedOut = false }, channel),
            DecidedBy.Archive => member.Archived && !Named(member with { Archived = false }, channel),
            DecidedBy.NoView => EffectivePermissions.Compute(member, channel) == Granted.None
                && !Named(member, channel with { Overrides = [.. channel.Overrides.Select(one => one with { Deny = one.Deny & ~Granted.ViewChannel }), new(member.User, Granted.ViewChannel, Granted.None)] }),
            DecidedBy.Nothing => member.Roles.All(role => !role.Granted.HasFlag(flag)),
            _ => false,
        };

        bool Named(MemberStanding other, ChannelRules rules) => PermissionExplanation.Explain(other, rules).Any(one => one.Flag == flag && one.By == decision.By && one.Roles.SequenceEqual(roles));
    }
}
