using System.Collections.Concurrent;
using System.Net;
using System.Text.Json;
using Chat.Contracts;
using Chat.Stores;

namespace Chat.Messaging.Tests;

/// <summary>Somebody loses a right in a conversation while what they asked for before is under way in two replicas.</summary>
public sealed class ConversationLossTests(World world)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private static CancellationToken Ending => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("is removed")]
    [InlineData("leaves")]
    [InlineData("finds it closed")]
    [InlineData("is blocked")]
    [InlineData("blocks")]
    public async Task G4_of_50_racing_sends_none_is_stored_after_it_is_answered_that_their_author(string loses)
    {
        var friends = await world.FriendsAsync(3);
        var (owner, racer) = (friends[0], friends[1]);
        await world.BefriendAsync(racer, friends[2]);
        for (var round = 0; round < 6; round++)
        {
            var direct = loses is "is blocked" or "blocks";
            using var begun = await owner.BeginAsync(new { users = direct ? [racer.Id] : new[] { racer.Id, friends[2].Id } });
            var id = (await begun.ReadAsync<ConversationView>()).Id;

            await RaceAsync(racer, id, messagesBefore: round, lose: () => loses switch
            {
                "is removed" => owner.RemovesAsync(id, racer),
                "leaves" => racer.RemovesAsync(id, racer),
                "is blocked" => world.BlockAsync(owner, racer, round % 2 == 0 ? world.A : world.B),
                "blocks" => world.BlockAsync(racer, owner, round % 2 == 0 ? world.A : world.B),
                _ => owner.ChangesAsync(id, new { closed = true }),
            });
            if (direct)
            {
                await world.UnblockAsync(owner, racer);
                await world.UnblockAsync(racer, owner);
            }
        }
    }

    [Fact]
    public async Task G4_a_send_whose_conversation_was_begun_beside_a_block_is_not_stored_after_the_block_is_answered()
    {
        var (ada, bob) = (await world.TalkerAsync(), await world.TalkerAsync());
        for (var round = 0; round < 10; round++)
        {
            (ada, bob) = (await world.TalkerAsync(), await world.TalkerAsync());
            await world.BefriendAsync(ada, bob);
            var starting = ada.BeginAsync(new { users = new[] { bob.Id } }, ada.B);
            var sending = Task.Run(async () =>
            {
                using var begun = await starting;
                if (!begun.IsSuccessStatusCode)
                    return;
                var id = (await begun.ReadAsync<ConversationView>()).Id;
                for (var i = 0; i < 20; i++)
                    (await ada.In(id).PostAsync(new { content = "racing", nonce = $"{i}" })).Dispose();
            }, Ending);
            await world.BlockAsync(bob, ada);
            var stored = await StoredAsync(ada);
            await sending;

            Assert.Equal(stored, await StoredAsync(ada));
        }
    }

    [Theory]
    [InlineData("messages")]
    [InlineData("changes?after=0")]
    public async Task G4_a_read_that_was_allowed_before_the_removal_shows_nothing_that_came_after_it(string what)
    {
        var database = await world.CreateDatabaseAsync();
        // The index of search reads messages too, and would be taken for one of those that wait.
        await using var replica = world.StartDeaf(database, settings: [("Search:Every", "01:00:00")]);
        var (owner, member, third) = (await PersonAsync(replica), await PersonAsync(replica), await PersonAsync(replica));
        await world.BefriendAsync(owner, member, replica);
        await world.BefriendAsync(owner, third, replica);
        var id = (await owner.WithAsync(member, third)).Id;
        await owner.In(id).SendAsync("before");
        Task<HttpResponseMessage> read, kept;
        await using (var held = new Npgsql.NpgsqlConnection(database))
        {
            await held.OpenAsync(Ending);
            await Sql.RunAsync(held, "begin");
            await Sql.RunAsync(held, "lock table messages in access exclusive mode");
            // Both were allowed to and are about to read.
            read = member.A.GetAsync($"/api/v1/channels/{id}/{what}", Ending);
            kept = owner.A.GetAsync($"/api/v1/channels/{id}/{what}", Ending);
            await Sql.AwaitedAsync(held, 2);
            // The removal itself writes a message: what it does to the rights is done here in its place.
            await Sql.RunAsync(held, "delete from conversation_members where conversation = $1 and user_id = $2", id, member.Id);
            await Sql.RunAsync(held, "update channels set access_rev = access_rev + 1 where id = $1", id);
            await Sql.RunAsync(held, "commit");
        }

        using var refused = await read;
        using var answered = await kept;
        await refused.ExpectProblemAsync(HttpStatusCode.NotFound, "channel_not_found");
        await answered.ExpectAsync(HttpStatusCode.OK);
    }

    [Fact]
    public async Task G4_without_RabbitMQ_a_removal_and_a_leaving_are_made_but_answered_only_when_everybody_can_know()
    {
        var rabbit = new Uri(world.RabbitMq);
        await using var gate = new TcpGate(rabbit.Host, rabbit.Port);
        await using var replica = world.Start(
            await world.CreateDatabaseAsync(), ("ConnectionStrings:rabbitmq", new UriBuilder(rabbit) { Host = "127.0.0.1", Port = gate.Port }.Uri.ToString()));
        var (owner, member, third) = (await PersonAsync(replica), await PersonAsync(replica), await PersonAsync(replica));
        await world.BefriendAsync(owner, member, replica);
        await world.BefriendAsync(owner, third, replica);
        var id = (await owner.WithAsync(member, third)).Id;
        gate.Shut();

        for (var repeat = 0; repeat < 2; repeat++)
        {
            var (removing, leaving) = (owner.DeleteAsync($"/{id}/members/{member.Id}"), third.DeleteAsync($"/{id}/members/{third.Id}"));
            using var removed = await removing;
            using var left = await leaving;
            foreach (var answer in new[] { removed, left })
            {
                await answer.ExpectProblemAsync(HttpStatusCode.ServiceUnavailable, "not_yet_effective");
                Assert.NotNull(answer.Headers.RetryAfter);
            }
        }

        Assert.Equal([owner.Id], (await owner.SeesAsync(id)).MemberIds);
        gate.Open();
        await Eventually.HoldsAsync("both are answered", Patience, async () =>
        {
            using var removed = await owner.DeleteAsync($"/{id}/members/{member.Id}");
            using var left = await third.DeleteAsync($"/{id}/members/{third.Id}");
            return removed.StatusCode == HttpStatusCode.NoContent && left.StatusCode == HttpStatusCode.NoContent;
        });
    }

    [Fact]
    public async Task Everybody_concerned_is_told_what_a_conversation_is_now_and_who_is_out_that_it_is_theirs_no_more()
    {
        await using var heard = await EventQueue.OpenAsync(world.RabbitMq, nameof(ConversationChanged));
        await using var losses = await EventQueue.OpenAsync(world.RabbitMq, nameof(AccessLost));
        var friends = await world.FriendsAsync(4);
        var id = (await friends[0].WithAsync(friends[1], friends[2])).Id;
        var made = await TakeAsync(1);
        Assert.Equal(friends[..3].Select(friend => friend.Id).Order(), made[0].Users);
        Assert.Equal(await JsonAsync(friends[1], id), made[0].Body);

        await friends[0].AddsAsync(id, friends[3]);
        var added = await TakeAsync(1);
        Assert.Equal(4, added[0].Users.Length);
        Assert.Equal(await JsonAsync(friends[3], id), added[0].Body);

        await friends[0].RemovesAsync(id, friends[3]);
        var removed = await TakeAsync(2);
        Assert.Equal([friends[3].Id], removed[0].Users);
        Assert.Null(removed[0].Body);
        Assert.Equal(friends[..3].Select(friend => friend.Id).Order(), removed[1].Users);
        Assert.Equal(await JsonAsync(friends[0], id), removed[1].Body);
        var loss = Assert.Single(await losses.TakeBodiesAsync(message => message.GetProperty("server").GetGuid() == id));
        Assert.Equal([friends[3].Id], loss.GetProperty("users").EnumerateArray().Select(user => user.GetGuid()));
        Assert.Equal(1, loss.GetProperty("rev").GetInt64());

        async Task<List<(Guid[] Users, string? Body)>> TakeAsync(int count)
        {
            var taken = new List<(Guid[], string?)>();
            await Eventually.HoldsAsync("everybody is told", Patience, async () =>
            {
                foreach (var message in await heard.TakeBodiesAsync(told => told.GetProperty("conversation").GetGuid() == id))
                {
                    taken.Add((
                        [.. message.GetProperty("users").EnumerateArray().Select(user => user.GetGuid()).Order()],
                        message.TryGetProperty("body", out var body) && body.ValueKind == JsonValueKind.Object ? JsonSerializer.Serialize(body) : null));
                }

                return taken.Count >= count;
            });
            Assert.Equal(count, taken.Count);
            return taken;
        }
    }

    private static async Task<string> JsonAsync(Talker talker, Guid conversation)
    {
        using var response = await talker.GetAsync($"/{conversation}");
        return JsonSerializer.Serialize(await response.ReadAsync<JsonElement>());
    }

    private async Task<Talker> PersonAsync(RunningService<MessagingService> replica) => new(await world.PersonAsync("talker"), replica, replica);

    private Task<long> StoredAsync(Talker author) => Sql.ScalarAsync<long>(world.Database, "select count(*) from messages where author = $1", author.Id);

    private async Task RaceAsync(Talker racer, Guid id, int messagesBefore, Func<Task> lose)
    {
        var stored = new ConcurrentQueue<long>();
        var before = await StoredAsync(racer);
        var underWay = new TaskCompletionSource();
        if (messagesBefore == 0)
            underWay.SetResult();
        var clock = TimeProvider.System;
        var senders = Enumerable.Range(0, 50).Select(async sender =>
        {
            while (true)
            {
                var began = clock.GetTimestamp();
                using var answer = await (sender % 2 == 0 ? racer.In(id) : racer.There(id)).PostAsync(new { content = "racing", nonce = Guid.NewGuid().ToString() });
                if (answer.StatusCode != HttpStatusCode.Created)
                {
                    Assert.True(answer.StatusCode is HttpStatusCode.NotFound or HttpStatusCode.Forbidden, await answer.Content.ReadAsStringAsync(Ending));
                    return;
                }

                stored.Enqueue(began);
                if (stored.Count >= messagesBefore)
                    underWay.TrySetResult();
            }
        }).ToArray();
        await underWay.Task.WaitAsync(Patience, Ending);
        await lose();
        var answered = clock.GetTimestamp();
        var there = await StoredAsync(racer);
        await Task.WhenAll(senders).WaitAsync(Patience, Ending);

        Assert.Equal(there, await StoredAsync(racer));
        // What says that somebody left is their message too.
        Assert.InRange(there - before - stored.Count, 0, 1);
        Assert.All(stored, began => Assert.True(began < answered, "A request that began after the answer was served."));
    }
}
