using Chat.Messaging.Writing;

namespace Chat.Messaging.Tests;

public sealed class MessageIdTests
{
    private static readonly DateTimeOffset Noon = new(2026, 1, 31, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public void An_id_is_a_version_7_uuid_of_its_time()
    {
        var id = MessageId.Create(Noon, 0);

        Assert.Equal(7, id.Version);
        Assert.InRange(id.Variant, 8, 11);
        Assert.Equal(Noon.ToUnixTimeMilliseconds(), Convert.ToInt64(id.ToString("n")[..12], 16));
    }

    [Fact]
    public void Ids_follow_time_and_place()
    {
        Guid[] ids =
        [
            MessageId.Create(Noon, 0),
            MessageId.Create(Noon, 1),
            MessageId.Create(Noon, MessageId.MaxPerMillisecond - 1),
            MessageId.Create(Noon.AddMilliseconds(1), 0),
        ];

        Assert.Equal(ids.Order(), ids);
    }
}
