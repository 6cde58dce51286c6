namespace Chat.Servers.Channels;

internal sealed record ChannelResponse(Guid Id, string Name, string Kind, Guid Server, int Position);
