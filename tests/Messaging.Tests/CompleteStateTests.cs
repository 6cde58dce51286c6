using System.Collections.Concurrent;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.RegularExpressions;
using Chat.Stores;

namespace Chat.Messaging.Tests;

/// <summary>State and changes are the fresh state, whatever was done and however often somebody looked while it was done.</summary>
public sealed partial class CompleteStateTests(World world)
{
    private const int AtOnce = 20;

    /// <summary>What the first of the people does, whoever was chosen.</summary>
    private static readonly string[] First = ["delete many", "clear", "unreact other", "pin", "unpin", "open", "rename", "rest", "lock", "delete thread"];

    private static readonly string[] Emoji = ["😀", "❤", "👍🏽", "🇩🇪", "#️⃣", "🎉"];

    private static CancellationToken Ending => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("channel", 2000, 1)]
    [InlineData("thread", 1000, 20261122)]
    [InlineData("conversation", 1000, 7)]
    public async Task G3_after_thousands_of_random_actions_a_copy_that_applied_the_changes_equals_a_fresh_read_of_the(string what, int actions, int seed)
    {
        var (channel, accounts) = await OpenAsync(what);
        var people = accounts.ConvertAll(account => Both(channel, account.Token));
        var room = people[0][0];
        var random = new Random(seed);
        var (known, done) = (new Known(), new ConcurrentDictionary<string, int>());
        if (what == "thread")
            known.Open(channel);
        for (var i = 0; i < 10; i++)
            await ActAsync(Choose(random, known, what) with { Kind = "send" }, people, known, done);

        var nobody = world.B.CreateClient(world.B.ServiceToken("messaging"));
        (HttpClient Http, Copy Copy)[] readers =
        [
            .. people.Index().Select(person => (person.Item[person.Index % 2].Http, new Copy(person.Item[person.Index % 2].Http, room.Changes, limit: 3 + 40 * person.Index))),
        ];
        var log = new Copy(nobody, $"/internal/channels/{room.Channel}/changes", limit: 25);
        foreach (var (_, copy) in readers)
            await copy.BeginAsync(room.Messages);

        for (var round = 1; round <= actions / AtOnce; round++)
        {
            // A token of a service lasts a minute.
            nobody.DefaultRequestHeaders.Authorization = new("Bearer", world.B.ServiceToken("messaging"));
            var acts = Enumerable.Range(0, AtOnce).Select(_ => Choose(random, known, what)).ToArray();
            // They read while it happens.
            await Task.WhenAll(acts.Select(act => ActAsync(act, people, known, done)).Append(readers[round % readers.Length].Copy.CatchUpAsync()).Append(log.CatchUpAsync()));
            if (round % 25 != 0)
                continue;

            foreach (var (place, account) in accounts.Index())
            {
                var token = (await world.RenewAsync(account)).Token;
                foreach (var client in people[place])
                    client.Http.DefaultRequestHeaders.Authorization = new("Bearer", token);
            }

            foreach (var (http, copy) in readers)
            {
                await copy.CatchUpAsync();
                Assert.Equal(await Copy.FreshAsync(http, room.Messages), copy.Messages);
            }

            await log.CatchUpAsync();
            Assert.Equal((await Copy.FreshAsync(room.Http, room.Messages)).Select(text => Me().Replace(text, "")), log.Messages);
        }

        // Each kind took place, and those that depend on who asks were seen.
        Assert.Empty(Kinds.Select(kind => kind.Name).Except(NotIn(what)).Except(done.Keys));
        Assert.Contains(readers[0].Copy.Messages, text => text.Contains("\"me\":true", StringComparison.Ordinal));
        Assert.DoesNotContain(log.Messages, text => text.Contains("\"me\":true", StringComparison.Ordinal));
    }

    private static readonly (string Name, int Weight)[] Kinds =
    [
        ("send", 25), ("reply", 12), ("ask", 4), ("edit", 15), ("delete", 4), ("delete many", 1), ("react", 18), ("unreact", 8), ("unreact other", 2), ("clear", 2), ("pin", 5), ("unpin", 4), ("vote", 14), ("close", 2),
        ("open", 5), ("rename", 4), ("rest", 4), ("lock", 2), ("delete thread", 1),
    ];

    /// <summary>What cannot happen there: a thread has none below it and would not be the same locked, and nobody moderates a conversation.</summary>
    private static string[] NotIn(string place) => place switch
    {
        "thread" => ["open", "lock", "delete thread"],
        "conversation" => ["delete many", "unreact other", "clear", "lock", "delete thread"],
        _ => [],
    };

    /// <summary>Four people, the first of whom may do the most.</summary>
    private async Task<(Guid Channel, List<Account> People)> OpenAsync(string place)
    {
        if (place == "conversation")
        {
            var friends = await world.FriendsAsync(4);
            return ((await friends[0].WithAsync(friends[1..])).Id, [.. friends.Select(friend => friend.Account)]);
        }

        var room = await world.OpenRoomAsync();
        var people = new List<Account> { room.Owner };
        for (var i = 0; i < 3; i++)
        {
            people.Add(await world.PersonAsync("guest"));
            await world.JoinAsync(room, people[^1]);
        }

        return (place == "thread" ? (await room.ThreadAsync()).Channel : room.Channel, people);
    }

    private static Act Choose(Random random, Known known, string place)
    {
        var kinds = Kinds.Where(kind => !NotIn(place).Contains(kind.Name)).ToArray();
        var left = random.Next(kinds.Sum(kind => kind.Weight));
        var kind = kinds.First(one => (left -= one.Weight) < 0).Name;
        var (messages, polls, threads) = (known.Messages, known.Polls, known.Threads);
        // Mostly what is new, for much happens to it.
        var target = messages.Length == 0 ? Guid.Empty : messages[^(1 + Math.Min(random.Next(messages.Length), random.Next(1, 60)))];
        // Whoever asks closes: in a conversation nobody else may.
        var person = random.Next(4);
        if (kind is "vote" or "close" && polls.Length > 0)
        {
            var poll = polls[random.Next(polls.Length)];
            (target, person) = (poll.Id, kind is "close" ? poll.Person : person);
        }

        if (kind is "rename" or "rest" or "lock" or "delete thread")
            target = threads.Length == 0 ? Guid.Empty : threads[random.Next(threads.Length)];
        return new Act(kind, person, random.Next(2), target, Emoji[random.Next(Emoji.Length)], random.Next(), [.. messages.Where(_ => random.Next(40) == 0).Take(3)]);
    }

    private static async Task ActAsync(Act act, List<ChannelClient[]> people, Known known, ConcurrentDictionary<string, int> done)
    {
        var client = (First.Contains(act.Kind) ? people[0] : people[act.Person])[act.Replica];
        var text = act.Number % 5 == 0 ? string.Concat(Enumerable.Repeat("👍🏽é", 60)) : $"{act.Number} @everyone https://example.org/{act.Number % 7}";
        using var answer = await Repeating.ServedAsync(() => act.Kind switch
        {
            "send" => client.PostAsync(new { content = text, nonce = Guid.NewGuid() }),
            "reply" => client.PostAsync(new { content = text, nonce = Guid.NewGuid(), replyTo = act.Target }),
            "ask" => client.PostAsync(new
            {
                content = "",
                nonce = Guid.NewGuid(),
                poll = new { question = "Which?", answers = new[] { new { text = "a" }, new { text = "b" }, new { text = "c" } }, multiple = act.Number % 2 == 0 },
            }),
            "edit" => client.EditAsync(act.Target, text),
            "delete" => client.DeleteAsync(act.Target),
            "delete many" => client.Http.PostAsJsonAsync($"{client.Messages}/bulk-delete", new { messages = act.Several.Append(act.Target) }, Ending),
            "react" => client.ReactAsync(act.Target, act.Emoji),
            "unreact" => client.UnreactAsync(act.Target, act.Emoji),
            "unreact other" => client.UnreactAsync(act.Target, act.Emoji, known.Someone),
            "clear" => client.ClearAsync(act.Target, act.Number % 2 == 0 ? act.Emoji : null),
            "pin" => client.PinAsync(act.Target),
            "unpin" => client.UnpinAsync(act.Target),
            "vote" => client.VoteAsync(act.Target, [.. Enumerable.Range(0, 3).Where(place => act.Number % 3 == place)]),
            "close" => client.CloseAsync(act.Target),
            "open" => client.OpenThreadAsync(act.Target, new { name = $"{act.Number}" }),
            "rename" => client.EditThreadAsync(act.Target, new { name = $"{act.Number}" }),
            "rest" => client.EditThreadAsync(act.Target, new { archived = act.Number % 2 == 0 }),
            "lock" => client.EditThreadAsync(act.Target, new { locked = act.Number % 2 == 0 }),
            "delete thread" => client.DeleteThreadAsync(act.Target),
            var unknown => throw new InvalidOperationException(unknown),
        });

        // What was deleted meanwhile, is another's or full is refused; nothing fails.
        Assert.True(answer.IsSuccessStatusCode || (int)answer.StatusCode is 400 or 403 or 404 or 409 or 422, $"{act} was answered {(int)answer.StatusCode}: {await answer.Content.ReadAsStringAsync(Ending)}");
        if (!answer.IsSuccessStatusCode)
            return;
        done.AddOrUpdate(act.Kind, 1, (_, times) => times + 1);
        if (act.Kind is "send" or "reply" or "ask")
            known.Add(act.Person, await answer.ReadAsync<JsonElement>());
        if (act.Kind is "open")
            known.Open((await answer.ReadAsync<ThreadView>()).Id);
    }

    private ChannelClient[] Both(Guid channel, string token) => [.. new[] { world.A, world.B }.Select(replica => new ChannelClient(replica.CreateClient(token), channel))];

    [GeneratedRegex(",\"me\":true|\"me\":true,")]
    private static partial Regex Me();

    private sealed record Act(string Kind, int Person, int Replica, Guid Target, string Emoji, int Number, Guid[] Several);

    /// <summary>What there is to act on.</summary>
    private sealed class Known
    {
        private readonly Lock _lock = new();
        private readonly List<(long Seq, Guid Id, int Person, bool Asks)> _messages = [];
        private readonly List<Guid> _threads = [];

        public Guid Someone { get; private set; }

        /// <summary>In the order of their places.</summary>
        public Guid[] Messages => [.. Of(_ => true).Select(message => message.Id)];

        /// <summary>With who asked.</summary>
        public (Guid Id, int Person)[] Polls => [.. Of(asks => asks)];

        public Guid[] Threads
        {
            get
            {
                lock (_lock)
                    return [.. _threads];
            }
        }

        public void Open(Guid thread)
        {
            lock (_lock)
                _threads.Add(thread);
        }

        public void Add(int person, JsonElement message)
        {
            lock (_lock)
            {
                _messages.Add((message.GetProperty("seq").GetInt64(), message.GetProperty("id").GetGuid(), person, message.TryGetProperty("poll", out _)));
                Someone = message.GetProperty("author").GetProperty("id").GetGuid();
            }
        }

        private (Guid Id, int Person)[] Of(Func<bool, bool> wanted)
        {
            lock (_lock)
                return [.. _messages.Where(message => wanted(message.Asks)).OrderBy(message => message.Seq).Select(message => (message.Id, message.Person))];
        }
    }
}
