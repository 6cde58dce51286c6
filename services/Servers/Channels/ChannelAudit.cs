namespace Chat.Servers.Channels;

/// <summary>What the audit log keeps of channels, categories and overrides that come or go.</summary>
internal static class ChannelAudit
{
    public static object Of(Channel channel) => new { channel.Name, channel.Kind, channel.Category, channel.Topic, channel.SlowMode, channel.Private };

    /// <summary>An override by the channel it is in; the entry's target is the role or member.</summary>
    public static object Of(ChannelOverrideRow row) => new { row.Channel, Kind = ChannelOverrideResponse.KindOf(row.OfRole), row.Allow, row.Deny };
}
