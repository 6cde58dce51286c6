using Chat.Messaging.Paging;
using Chat.ServiceDefaults;

namespace Chat.Messaging.Tests;

/// <summary>A cursor is one of the list that gave it.</summary>
public sealed class CursorTests(World world)
{
    private static readonly Guid Id = new("0197a0c0-1111-7222-8333-444455556666");

    private static CancellationToken Ending => TestContext.Current.CancellationToken;

    [Fact]
    public void What_a_list_gave_it_reads_and_no_other_list_does()
    {
        var at = DateTimeOffset.UnixEpoch.AddMicroseconds(1_234_567_890_123);
        foreach (var (list, reader) in from list in Enum.GetValues<ListKind>() from reader in Enum.GetValues<ListKind>() select (list, reader))
        {
            var errors = new List<FieldError>();

            var id = Cursor.Id(reader, Cursor.Of(list, Id), errors);
            var number = Cursor.Number(reader, Cursor.Of(list, -7), errors);
            var time = TimeCursor.Read(reader, new TimeCursor(at, Id).Of(list), TimeCursor.End, errors);

            if (list == reader)
                Assert.Equal((Id, -7L, new TimeCursor(at, Id), 0), (id, number, time, errors.Count));
            else
                Assert.Equal((null, null, TimeCursor.End, 3), (id, number, time, errors.Count(error => error == Cursor.Invalid)));
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("x")]
    [InlineData("....")]
    [InlineData("AQ")]
    [InlineData("AZegwBERciKDM0REVVVm")]
    [InlineData("é")]
    public void What_no_list_gave_is_refused(string cursor)
    {
        var errors = new List<FieldError>();

        Assert.Null(Cursor.Id(ListKind.ReadStates, cursor, errors));
        Assert.Null(Cursor.Number(ListKind.ReadStates, cursor, errors));
        Assert.Null(Cursor.Id(ListKind.ReadStates, new string('A', 100_000), errors));

        Assert.Equal([Cursor.Invalid, Cursor.Invalid, Cursor.Invalid], errors);
    }

    [Fact]
    public async Task The_cursor_of_one_route_is_refused_by_another()
    {
        var room = await world.OpenRoomAsync();
        foreach (var content in (string[])["one", "two"])
            await room.ScheduleAsync(content, ScheduledCalls.InADay);
        var next = Assert.IsType<string>((await room.Http.ScheduledAsync("?limit=1")).Next);

        Assert.Single((await room.Http.ScheduledAsync($"?limit=1&cursor={next}")).Items);
        foreach (var route in (string[])["drafts", "conversations", "read-states", "mentions", $"channels/{room.Channel}/threads", $"channels/{room.Channel}/pins"])
            await room.Http.GetAsync($"/api/v1/{route}?cursor={next}", Ending).ExpectFieldErrorAsync("cursor", "invalid");
    }
}
