using System.Net.WebSockets;
using System.Text;
using System.Text.Json;

namespace Chat.Realtime.Tests;

public sealed class BadFrameTests(World world)
{
    private const string Id = "018f0000-0000-7000-8000-000000000001";

    /// <summary>Frames after which the socket cannot go on.</summary>
    public static TheoryData<string, string> Fatal => new()
    {
        { "", "malformed_frame" },
        { "not json", "malformed_frame" },
        { "{", "malformed_frame" },
        { "{\"t\":\"heartbeat\"", "malformed_frame" },
        { "{\"t\":\"heartbeat\"}{}", "malformed_frame" },
        { "{'t':'heartbeat'}", "malformed_frame" },
        { "{\"t\":\"heartbeat\",}", "malformed_frame" },
        { "// comment\n{\"t\":\"heartbeat\"}", "malformed_frame" },
        { "[]", "malformed_frame" },
        { "null", "malformed_frame" },
        { "\"heartbeat\"", "malformed_frame" },
        { "1e999", "malformed_frame" },
        { "{}", "malformed_frame" },
        { "{\"t\":null}", "malformed_frame" },
        { "{\"t\":7}", "malformed_frame" },
        { "{\"t\":\"\"}", "malformed_frame" },
        { "{\"t\":[\"heartbeat\"]}", "malformed_frame" },
        { "{\"t\":\"heartbeat\",\"t\":\"identify\"}", "malformed_frame" },
        { "{\"t\":\"heartbeat\",\"d\":{\"a\":1,\"a\":2}}", "malformed_frame" },
        { "{\"t\":\"\\ud800\"}", "malformed_frame" },
        { "{\"t\":\"subscribe\",\"channel\":\"\\ud800\"}", "malformed_frame" },
        { $"{{\"t\":\"{new string('x', 33)}\"}}", "malformed_frame" },
        { $"{{\"t\":\"heartbeat\",\"d\":{new string('[', 100)}{new string(']', 100)}}}", "malformed_frame" },
        { $"{{\"t\":\"heartbeat\",\"d\":{{\"x\":\"{new string('x', 5000)}\"}}}}", "frame_too_large" },
    };

    /// <summary>Frames that are refused while the socket stays.</summary>
    public static TheoryData<string, string> Refused => new()
    {
        { "{\"t\":\"nonsense\"}", "unknown_type" },
        { "{\"t\":\"HEARTBEAT\"}", "unknown_type" },
        { "{\"t\":\"message.sent\",\"channel\":\"x\",\"rev\":1}", "unknown_type" },
        { "{\"t\":\"identify\",\"d\":{}}", "already_identified" },
        { "{\"t\":\"heartbeat\",\"d\":7}", "invalid_frame" },
        { "{\"t\":\"subscribe\"}", "invalid_frame" },
        { "{\"t\":\"subscribe\",\"channel\":7}", "invalid_frame" },
        { "{\"t\":\"subscribe\",\"channel\":null}", "invalid_frame" },
        { "{\"t\":\"subscribe\",\"channel\":\"general\"}", "invalid_frame" },
        { "{\"t\":\"subscribe\",\"channel\":{}}", "invalid_frame" },
        { $"{{\"t\":\"subscribe\",\"channel\":\"{Id}\",\"rev\":-1}}", "invalid_frame" },
        { $"{{\"t\":\"subscribe\",\"channel\":\"{Id}\",\"rev\":1.5}}", "invalid_frame" },
        { $"{{\"t\":\"subscribe\",\"channel\":\"{Id}\",\"rev\":\"6\"}}", "invalid_frame" },
        { $"{{\"t\":\"subscribe\",\"channel\":\"{Id}\",\"rev\":99999999999999999999}}", "invalid_frame" },
        { $"{{\"t\":\"subscribe\",\"channel\":\"{Id}\"}}", "channel_not_found" },
        { $"{{\"t\":\"subscribe\",\"channel\":\"{Id}\",\"rev\":9223372036854775807}}", "channel_not_found" },
        { "{\"t\":\"subscribe\",\"channels\":[]}", "invalid_frame" },
        { "{\"t\":\"subscribe\",\"channels\":[7]}", "invalid_frame" },
        { "{\"t\":\"subscribe\",\"channels\":{}}", "invalid_frame" },
        { $"{{\"t\":\"subscribe\",\"channel\":\"{Id}\",\"channels\":[]}}", "invalid_frame" },
        { "{\"t\":\"unsubscribe\"}", "invalid_frame" },
        { $"{{\"t\":\"unsubscribe\",\"channel\":\"{Id}\"}}", "not_subscribed" },
    };

    [Theory]
    [MemberData(nameof(Fatal))]
    public async Task G11_What_is_no_frame_is_named_and_closes_4002_before_identify(string frame, string code)
    {
        using var socket = await (await world.PersonAsync("rude")).RawAsync();
        await socket.ExpectAsync("hello");

        await socket.SendAsync(frame);

        await socket.ExpectErrorAsync(code);
        Assert.Equal(4002, await socket.CloseCodeAsync());
    }

    [Theory]
    [MemberData(nameof(Fatal))]
    public async Task G11_What_is_no_frame_is_named_and_closes_4002_after_identify(string frame, string code)
    {
        using var socket = await (await (await world.PersonAsync("rude")).RawAsync()).IdentifyAsync();

        await socket.SendAsync(frame);

        await socket.ExpectErrorAsync(code);
        Assert.Equal(4002, await socket.CloseCodeAsync());
    }

    [Theory]
    [MemberData(nameof(Refused))]
    public async Task G11_A_frame_that_cannot_be_served_is_refused_and_the_socket_stays(string frame, string code)
    {
        using var socket = await (await (await world.PersonAsync("clumsy")).RawAsync()).IdentifyAsync();

        await socket.SendAsync(frame);

        await socket.ExpectErrorAsync(code);
        await socket.SendAsync("""{"t":"heartbeat","unknown":"is ignored"}""");
        await socket.ExpectAsync("heartbeat_ack");
    }

    [Theory]
    [InlineData("{\"t\":\"heartbeat\"}")]
    [InlineData("{\"t\":\"nonsense\"}")]
    [InlineData("{\"t\":\"subscribe\",\"channel\":\"018f0000-0000-7000-8000-000000000001\"}")]
    public async Task The_first_frame_must_be_identify(string frame)
    {
        using var socket = await (await world.PersonAsync("hasty")).RawAsync();
        await socket.ExpectAsync("hello");

        await socket.SendAsync(frame);

        await socket.ExpectErrorAsync("not_identified");
        Assert.Equal(4001, await socket.CloseCodeAsync());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task G11_Binary_frames_close_4002(bool empty)
    {
        using var socket = await (await (await world.PersonAsync("binary")).RawAsync()).IdentifyAsync();

        await socket.SendAsync(empty ? [] : "{\"t\":\"heartbeat\"}"u8.ToArray(), WebSocketMessageType.Binary);

        await socket.ExpectErrorAsync("binary_frame");
        Assert.Equal(4002, await socket.CloseCodeAsync());
    }

    [Fact]
    public async Task Text_that_is_not_UTF8_closes_1007_as_the_WebSocket_standard_wants()
    {
        using var socket = await (await (await world.PersonAsync("latin")).RawAsync()).IdentifyAsync();

        await socket.SendAsync([0x7b, 0xff, 0xfe, 0x7d], WebSocketMessageType.Text);

        Assert.Equal(1007, await socket.CloseCodeAsync());
    }

    [Fact]
    public async Task A_frame_in_pieces_is_one_frame_and_endless_pieces_are_none()
    {
        using var socket = await (await (await world.PersonAsync("pieces")).RawAsync()).IdentifyAsync();
        var heartbeat = Encoding.UTF8.GetBytes("""{"t":"heartbeat"}""");
        foreach (var (i, one) in heartbeat.Index())
            await socket.SendAsync([one], WebSocketMessageType.Text, end: i == heartbeat.Length - 1);
        await socket.ExpectAsync("heartbeat_ack");

        for (var i = 0; i < 100 && socket.Socket.State is WebSocketState.Open; i++)
            await socket.SendAsync([], WebSocketMessageType.Text, end: false);

        await socket.ExpectErrorAsync("too_many_fragments");
        Assert.Equal(4002, await socket.CloseCodeAsync());
    }

    [Fact]
    public async Task G6_Garbage_from_many_does_not_disturb_others()
    {
        var room = await world.RoomAsync();
        using var calm = await (await room.Owner.RawAsync()).IdentifyAsync();
        await calm.SendAsync(JsonSerializer.Serialize(new { t = "subscribe", channel = room.Channel }));
        await calm.ExpectAsync("subscribed");

        await Task.WhenAll(Enumerable.Range(0, 8).Select(async _ =>
        {
            var rude = await world.PersonAsync("rude");
            foreach (var frame in new[] { "{", "[]", new string('x', 70_000) })
            {
                using var socket = await (await rude.RawAsync()).IdentifyAsync();
                await socket.SendAsync(frame);
                Assert.Equal(4002, await socket.CloseCodeAsync());
            }
        }));
        await room.SayAsync();

        await calm.ExpectAsync("message.sent");
    }
}
