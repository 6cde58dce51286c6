using Chat.Client;

namespace Chat.Realtime.Tests;

/// <summary>The client's check of a channel's order, which the other tests rely on.</summary>
public sealed class ChannelRevisionsTests
{
    private static readonly Guid Channel = Guid.CreateVersion7();

    [Fact]
    public void Each_event_is_the_next_or_names_the_one_before_it()
    {
        var revisions = new ChannelRevisions(Channel, 3);

        Assert.Null(revisions.Event(4, after: null));
        Assert.Null(revisions.Event(7, after: 4));
        Assert.Null(revisions.Subscribed(7, after: null));
        Assert.Null(revisions.Event(8, after: null));
        Assert.Null(revisions.Event(9, after: 8));
        Assert.Null(revisions.Event(20, after: 9));
        Assert.Equal(20, revisions.Last);
    }

    [Theory]
    [InlineData(7L, null)]
    [InlineData(7L, 4L)]
    [InlineData(7L, 6L)]
    [InlineData(6L, 4L)]
    [InlineData(5L, null)]
    [InlineData(5L, 4L)]
    [InlineData(4L, 5L)]
    public void An_event_that_skips_without_saying_so_or_comes_again_breaks_the_order_live_and_before(long rev, long? after)
    {
        var caughtUp = new ChannelRevisions(Channel, 5);
        var live = new ChannelRevisions(Channel, null);
        Assert.Null(live.Subscribed(5, after: null));

        Assert.NotNull(caughtUp.Event(rev, after));
        Assert.NotNull(live.Event(rev, after));
        Assert.Equal(5, live.Last);
    }

    [Theory]
    [InlineData(5L, null, true)]
    [InlineData(9L, 5L, true)]
    [InlineData(9L, null, false)]
    [InlineData(9L, 6L, false)]
    [InlineData(4L, null, false)]
    [InlineData(4L, 5L, false)]
    public void Subscribed_names_the_last_revision_or_the_one_after_which_nothing_comes(long rev, long? after, bool allowed)
    {
        var revisions = new ChannelRevisions(Channel, 5);

        Assert.Equal(allowed, revisions.Subscribed(rev, after) is null);
    }

    [Fact]
    public void An_event_before_subscribed_is_wrong_where_nothing_was_to_be_caught_up() =>
        Assert.NotNull(new ChannelRevisions(Channel, null).Event(1, after: null));
}
