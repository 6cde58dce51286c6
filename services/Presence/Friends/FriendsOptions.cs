namespace Chat.Presence.Friends;

/// <summary>Friends, configuration section <c>Friends</c>.</summary>
internal sealed class FriendsOptions
{
    /// <summary>How long Redis may take to count a request before it goes on uncounted.</summary>
    public TimeSpan RedisTimeout { get; init; } = TimeSpan.FromSeconds(1);
}
