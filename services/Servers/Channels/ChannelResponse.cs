namespace Chat.Servers.Channels;

/// <summary>A channel as one of the server's members sees it.</summary>
/// <param name="Kind"><c>text</c>, <c>voice</c>, <c>video</c> or <c>announcement</c>.</param>
/// <param name="Category">The category it is in; absent for none.</param>
/// <param name="Topic">What it is about; absent when it does not say.</param>
/// <param name="SlowMode">Seconds between two messages of one member; 0: none.</param>
/// <param name="Private">Whether only overrides let anybody see it.</param>
/// <param name="Position">Place within its category.</param>
/// <param name="Permissions">What the member may do in it.</param>
internal sealed record ChannelResponse(
    Guid Id, string Name, string Kind, Guid Server, Guid? Category, string? Topic, int SlowMode, bool Private, int Position, Contracts.Permissions Permissions)
{
    public static ChannelResponse Of(Channel channel, Contracts.Permissions granted) => new(
        channel.Id, channel.Name, channel.Kind, channel.Server, channel.Category, channel.Topic, channel.SlowMode, channel.Private, channel.Position, granted);
}

/// <summary>A heading under which channels stand.</summary>
internal sealed record CategoryResponse(Guid Id, string Name, int Position)
{
    public static CategoryResponse Of(Category category) => new(category.Id, category.Name, category.Position);
}
