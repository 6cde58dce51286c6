using System.Net;
using Chat.Stores;

namespace Chat.Presence.Tests;

/// <summary>Whatever a few people do to each other at the same time, what is kept makes sense, here and in messaging.</summary>
public sealed class RandomWalkTests(World world)
{
    private const int People = 4;
    private const int Steps = 40;

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task Random_changes_on_two_replicas_never_fail_and_end_in_a_sound_graph(int seed)
    {
        var people = await Task.WhenAll(Enumerable.Range(0, People).Select(index => world.PersonAsync($"p{index}")));

        var answers = await Task.WhenAll(people.SelectMany((_, index) => new[] { WalkAsync(index, world.A, seed), WalkAsync(index, world.B, seed + 100) }));

        Assert.All(answers.SelectMany(all => all), status => Assert.Contains(status, new[]
        {
            HttpStatusCode.OK, HttpStatusCode.Created, HttpStatusCode.NoContent, HttpStatusCode.NotFound,
        }));
        foreach (var one in people)
        {
            var own = await one.RelationsAsync();
            foreach (var other in people.Where(other => other != one))
            {
                var (mine, theirs) = (own.Where(row => row.EndsWith($":{other.Id}", StringComparison.Ordinal)).ToList(), await other.RelationsAsync());
                var states = mine.ConvertAll(row => row.Split(':')[0]);
                Assert.True(states.Count <= 1, $"Two states at once: {string.Join(", ", states)}");
                Assert.Equal(states.Contains("friends"), theirs.Contains($"friends:{one.Id}"));
                Assert.Equal(states.Contains("outgoing"), theirs.Contains($"incoming:{one.Id}"));
                if (states.Contains("blocked"))
                    Assert.DoesNotContain(theirs, row => row.EndsWith($":{one.Id}", StringComparison.Ordinal) && !row.StartsWith("blocked", StringComparison.Ordinal));
                // A block is known at once, a friendship a moment later.
                Assert.Equal(states.Contains("blocked"), await world.MessagingHasBlockAsync(one.Id, other.Id) is true);
                await Eventually.HoldsAsync(
                    "messaging has the same friends", TimeSpan.FromSeconds(60), async () => await world.MessagingHasFriendsAsync(one.Id, other.Id) is true == states.Contains("friends"));
            }
        }

        Assert.Equal(0, await Sql.ScalarAsync<long>(world.Database, "select count(*) from unsettled_blocks where blocker = any($1)", people.Select(one => one.Id).ToArray()));

        async Task<List<HttpStatusCode>> WalkAsync(int index, RunningService<PresenceService> replica, int walkSeed)
        {
            var (self, random, seen) = (people[index].At(replica), new Random(walkSeed * 1000 + index), new List<HttpStatusCode>());
            for (var step = 0; step < Steps; step++)
            {
                var other = people[(index + random.Next(1, People)) % People];
                using var response = await (random.Next(8) switch
                {
                    0 or 1 or 2 => self.TryAskAsync(other),
                    3 or 4 => self.SendAsync(HttpMethod.Put, Somebody.Request(other)),
                    5 => self.SendAsync(HttpMethod.Delete, random.Next(2) == 0 ? Somebody.Request(other) : Somebody.Friend(other)),
                    6 => self.InsistAsync(HttpMethod.Put, Somebody.Block(other)),
                    _ => self.InsistAsync(HttpMethod.Delete, Somebody.Block(other)),
                });
                seen.Add(response.StatusCode);
            }

            return seen;
        }
    }
}
