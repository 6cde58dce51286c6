using Chat.Access;
using Chat.Servers.Access;
using StackExchange.Redis;
using Granted = Chat.Contracts.Permissions;

namespace Chat.Servers.Tests;

/// <summary>What each kind of change does to the read model, on Redis itself.</summary>
public sealed class PermissionModelFieldsTests(ServersFixture fixture)
{
    private const Granted Everyday = Granted.ViewChannel | Granted.SendMessages | Granted.AddReactions;

    private readonly Guid _server = Guid.CreateVersion7();
    private readonly Guid _channel = Guid.CreateVersion7();
    private readonly Guid _owner = Guid.CreateVersion7();
    private readonly Guid _user = Guid.CreateVersion7();
    private readonly Guid _role = Guid.CreateVersion7();
    private readonly Guid _other = Guid.CreateVersion7();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private IConnectionMultiplexer Redis => fixture.Deployment.Redis;

    private PermissionModelWriter Writer => PatientRedis.Writer(Redis);

    [Fact]
    public async Task A_timeout_leaves_reading_and_ends_by_itself_without_any_write()
    {
        var until = DateTimeOffset.FromUnixTimeMilliseconds(DateTimeOffset.UtcNow.AddHours(1).ToUnixTimeMilliseconds());
        await BuildAsync();
        await ChangeAsync(delta => delta.WithTimeout(_user, until));

        Assert.Equal(Granted.ViewChannel, await GrantedAsync(_user));
        Assert.Equal(Granted.All, await GrantedAsync(_owner));
        Assert.Equal(Granted.ViewChannel, await GrantedAsync(_user, at: until.AddMilliseconds(-1)));
        Assert.Equal(Everyday, await GrantedAsync(_user, at: until));
        Assert.Equal(Everyday, await GrantedAsync(_user, at: until.AddDays(1)));

        await ChangeAsync(delta => delta.WithTimeout(_user, until.AddHours(2)));
        Assert.Equal(Granted.ViewChannel, await GrantedAsync(_user, at: until.AddHours(1)));
        await ChangeAsync(delta => delta.WithTimeout(_user, null));
        Assert.Equal(Everyday, await GrantedAsync(_user));
    }

    [Fact]
    public async Task A_timeout_outlives_leaving_and_coming_back()
    {
        await BuildAsync();
        await ChangeAsync(delta => delta.WithTimeout(_user, DateTimeOffset.UtcNow.AddHours(1)));
        await ChangeAsync(delta => delta.WithoutMember(_user));
        Assert.Equal(Granted.None, await GrantedAsync(_user));
        await ChangeAsync(delta => delta.WithMember(_user, [_role]));
        Assert.Equal(Granted.ViewChannel, await GrantedAsync(_user));
    }

    [Fact]
    public async Task The_archive_is_read_only_for_everybody_until_it_is_opened_again()
    {
        await BuildAsync();
        await ChangeAsync(delta => delta.WithArchived(true));
        Assert.Equal((Granted.ViewChannel, Granted.WhileArchived), (await GrantedAsync(_user), await GrantedAsync(_owner)));
        await ChangeAsync(delta => delta.WithArchived(false));
        Assert.Equal((Everyday, Granted.All), (await GrantedAsync(_user), await GrantedAsync(_owner)));
    }

    [Fact]
    public async Task A_private_channel_shows_itself_to_whom_an_override_lets_in()
    {
        await BuildAsync();
        await ChangeAsync(delta => delta.WithChannel(_channel, new ChannelRules(true, [])));
        Assert.Equal((Granted.None, Granted.All), (await GrantedAsync(_user), await GrantedAsync(_owner)));
        await ChangeAsync(delta => delta.WithChannel(_channel, new ChannelRules(true, [new ChannelOverride(_user, Granted.ViewChannel, Granted.SendMessages)])));
        Assert.Equal(Everyday & ~Granted.SendMessages, await GrantedAsync(_user));
        await ChangeAsync(delta => delta.WithChannel(_channel, ChannelRules.Open));
        Assert.Equal(Everyday, await GrantedAsync(_user));
    }

    [Fact]
    public async Task A_new_channel_is_found_at_once_and_a_deleted_one_is_nobodys()
    {
        await BuildAsync();
        var fresh = Guid.CreateVersion7();
        Assert.False((await ReadAsync(fresh, _user)).Known);
        await ChangeAsync(delta => delta.WithNewChannel(fresh, new ChannelRules(true, [new ChannelOverride(_role, Granted.ViewChannel, Granted.None)])));
        Assert.Equal(new ModelAnswer(true, new ChannelAccess(_server, Everyday, 2)), await ReadAsync(fresh, _user));
        await ChangeAsync(delta => delta.WithoutChannel(fresh));
        Assert.Equal(new ModelAnswer(true, null), await ReadAsync(fresh, _user));
        Assert.Equal(new ModelAnswer(true, null), await ReadAsync(fresh, _owner));
    }

    [Fact]
    public async Task A_role_that_is_taken_edited_or_deleted_grants_that_much_less()
    {
        await BuildAsync();
        await ChangeAsync(delta => delta.WithRole(_other, Granted.KickMembers, mentionable: true).WithMember(_user, [_role, _other]));
        Assert.Equal(Everyday | Granted.KickMembers, await GrantedAsync(_user));
        await ChangeAsync(delta => delta.WithRole(_role, Granted.ViewChannel, mentionable: false));
        Assert.Equal(Granted.ViewChannel | Granted.KickMembers, await GrantedAsync(_user));
        await ChangeAsync(delta => delta.WithMember(_user, [_role]));
        Assert.Equal(Granted.ViewChannel, await GrantedAsync(_user));

        // The member's field may go on naming a role that is no more; neither it nor what channels say of it counts.
        await ChangeAsync(delta => delta.WithChannel(_channel, new ChannelRules(false, [new ChannelOverride(_role, Granted.Speak, Granted.None)])));
        Assert.Equal(Granted.ViewChannel | Granted.Speak, await GrantedAsync(_user));
        await ChangeAsync(delta => delta.WithoutRole(_role));
        Assert.Equal(Granted.None, await GrantedAsync(_user));
    }

    [Fact]
    public async Task With_the_ownership_everything_passes_to_the_new_owner()
    {
        await BuildAsync();
        await ChangeAsync(delta => delta.WithOwner(_user));
        Assert.Equal((Granted.All, Granted.ViewChannel), (await GrantedAsync(_user), await GrantedAsync(_owner)));
    }

    [Fact]
    public async Task G4_a_deleted_server_is_wiped_and_no_rebuild_under_way_brings_it_back()
    {
        await BuildAsync();
        Assert.Equal(DeltaOutcome.Wiped, await Writer.OvertakeAsync(_server, 2, Cancellation));
        Assert.False((await ReadAsync(_channel, _user)).Known);

        var nonce = await Writer.BeginAsync(_server, _channel, Cancellation) ?? throw new InvalidOperationException("The model is complete.");
        Assert.False(await Writer.CommitAsync(nonce, Snapshot(), Cancellation));
        Assert.False((await ReadAsync(_channel, _user)).Known);
        Assert.Equal(DeltaOutcome.Past, await Writer.ApplyAsync(new ModelDelta(_server, 2).WithMember(_user, [_role]), Cancellation));
        Assert.False((await ReadAsync(_channel, _owner)).Known);
    }

    [Theory]
    [InlineData("t", "soon")]
    [InlineData("t", "-5")]
    [InlineData("t", "99999999999999999999")]
    [InlineData("c", "!!")]
    [InlineData("r", "many")]
    public async Task What_a_later_version_wrote_is_left_to_servers(string field, string value)
    {
        await BuildAsync();
        var name = field switch { "t" => PermissionModel.Timeout(_user), "c" => PermissionModel.Channel(_channel), _ => PermissionModel.Role(_role) };
        await Redis.AskAsync(store => store.HashSetAsync(PermissionModel.ServerKey(_server), name, value));
        Assert.False((await ReadAsync(_channel, _user)).Known);
    }

    private long _rev = 1;

    private async Task ChangeAsync(Func<ModelDelta, ModelDelta> change) =>
        Assert.Equal(DeltaOutcome.Applied, await Writer.ApplyAsync(change(new ModelDelta(_server, ++_rev)), Cancellation));

    private async Task BuildAsync()
    {
        var nonce = await Writer.BeginAsync(_server, _channel, Cancellation) ?? throw new InvalidOperationException("The model is complete.");
        Assert.True(await Writer.CommitAsync(nonce, Snapshot(), Cancellation));
        Assert.Equal(Everyday, await GrantedAsync(_user));
    }

    /// <summary>The owner holds a role that shows channels, the user one for every day.</summary>
    private ModelSnapshot Snapshot() => new(
        _server,
        1,
        [
            new(PermissionModel.Owner, _owner.ToString()),
            new(PermissionModel.Role(_role), PermissionModel.Encode(Everyday)),
            new(PermissionModel.Role(_other), PermissionModel.Encode(Granted.ViewChannel)),
            new(PermissionModel.Member(_owner), PermissionModel.Encode([_other])),
            new(PermissionModel.Member(_user), PermissionModel.Encode([_role])),
            new(PermissionModel.Channel(_channel), ""),
        ],
        [_channel]);

    private async Task<Granted> GrantedAsync(Guid user, DateTimeOffset? at = null)
    {
        var answer = await ReadAsync(_channel, user, at);
        Assert.True(answer.Known);
        return answer.Access?.Granted ?? Granted.None;
    }

    private async Task<ModelAnswer> ReadAsync(Guid channel, Guid user, DateTimeOffset? at = null) =>
        (await Redis.AskAsync(_ => PatientRedis.Reader(Redis, at is { } time ? new Standstill(time) : null).ReadAsync([channel], user, Cancellation)))[0];

    private sealed class Standstill(DateTimeOffset now) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => now;
    }
}
