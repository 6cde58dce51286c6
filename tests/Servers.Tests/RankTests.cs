using Chat.Servers.Roles;
using Granted = Chat.Contracts.Permissions;

namespace Chat.Servers.Tests;

/// <summary>The rule of rank by itself, and what the built-in roles are made of.</summary>
public sealed class RankTests
{
    [Fact]
    public void Rank_is_what_stands_strictly_below_and_the_owner_is_beyond_it()
    {
        var random = new Random(7);
        for (var round = 0; round < 20_000; round++)
        {
            var actor = new Rank(random.Next(5) == 0, random.Next(-1, 6), (Granted)random.NextInt64((long)Granted.All + 1));
            if (actor.Owner)
            {
                actor = actor with { Granted = Granted.All };
            }

            var (position, flags, ofOwner) = (random.Next(-1, 6), (Granted)(random.NextInt64((long)Granted.All + 1) & random.NextInt64((long)Granted.All + 1)), random.Next(5) == 0);
            var below = actor.Owner || position < actor.Top;
            Assert.Equal(below, actor.Outranks(position));
            Assert.Equal((flags | actor.Granted) == actor.Granted, actor.MayChange(flags));
            Assert.Equal(below && (flags | actor.Granted) == actor.Granted, actor.MayHandOut(position, flags));
            Assert.Equal(below && !ofOwner, actor.MayActOn(ofOwner, position));
        }
    }

    [Fact]
    public void Administrator_is_given_and_taken_only_by_who_has_it()
    {
        var almost = new Rank(false, 5, Granted.All & ~Granted.Administrator);
        Assert.False(almost.MayChange(Granted.Administrator));
        Assert.False(almost.MayHandOut(0, Granted.Administrator));
        Assert.True((almost with { Granted = Granted.All }).MayChange(Granted.Administrator));
    }

    [Fact]
    public void Nobody_acts_on_who_is_level_with_them_or_on_the_owner()
    {
        var admin = new Rank(false, 3, Granted.All);
        Assert.False(admin.MayActOn(owner: false, top: 3));
        Assert.False(admin.MayActOn(owner: true, top: 0));
        Assert.True(admin.MayActOn(owner: false, top: 2));
        Assert.False(new Rank(true, 4, Granted.All).MayActOn(owner: true, top: 4));
    }

    [Theory]
    [InlineData("guest", Granted.ViewChannel | Granted.AddReactions, Granted.SendMessages | Granted.AttachFiles | Granted.Speak | Granted.CreateInvite | Granted.ManageChannels | Granted.ManageMessages | Granted.KickMembers)]
    [InlineData("member", Granted.ViewChannel | Granted.AddReactions | Granted.SendMessages, Granted.ManageChannels | Granted.ManageMessages | Granted.KickMembers | Granted.ManageRoles | Granted.DeleteChannels)]
    [InlineData("moderator", Granted.ManageChannels | Granted.ManageMessages, Granted.KickMembers | Granted.BanMembers | Granted.ManageRoles | Granted.DeleteChannels | Granted.ManageServer | Granted.Administrator)]
    [InlineData("admin", Granted.KickMembers | Granted.BanMembers | Granted.ManageRoles | Granted.DeleteChannels, Granted.None)]
    [InlineData("owner", Granted.All, Granted.None)]
    public void The_built_in_roles_grant_what_their_names_promise(string code, Granted granted, Granted denied)
    {
        var role = BuiltInRole.Every.Single(role => role.Code == code);
        Assert.Equal(granted, role.Defaults & granted);
        Assert.Equal(Granted.None, role.Defaults & denied);
        // Each has what the ones below it have.
        Assert.All(BuiltInRole.Every.Where(lower => lower.Position < role.Position), lower => Assert.Equal(lower.Defaults, lower.Defaults & role.Defaults));
    }
}
