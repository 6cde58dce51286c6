using Granted = Chat.Contracts.Permissions;

namespace Chat.Servers.Tests;

/// <summary>
/// Random changes of roles by random people. What each is answered is what a second, slower reading of the rules says; and whatever was allowed, nobody has a permission afterwards that
/// they had not before, unless the one who acted had it.
/// </summary>
public sealed class RoleWalkTests(ServersFixture fixture)
{
    private const int Steps = 600;

    private Deployment Deployment => fixture.Deployment;

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public async Task Nobody_gives_what_they_have_not_got_however_they_try(int seed)
    {
        using var cast = await Community.AssembleAsync(Deployment);
        var walk = new Walk(cast, new Random(seed));
        await walk.BeginAsync();
        var outcomes = new Dictionary<string, int>(StringComparer.Ordinal);
        for (var step = 0; step < Steps; step++)
        {
            var outcome = await walk.StepAsync($"seed {seed}, step {step}");
            outcomes[outcome] = outcomes.GetValueOrDefault(outcome) + 1;
        }

        await walk.CompareAsync($"seed {seed}, end");
        // The walk is worth something only if it meets all of these.
        Assert.Superset(
            new HashSet<string>(["create ok", "edit ok", "delete ok", "order ok", "create above_you", "edit above_you", "delete above_you", "edit built_in_role", "delete built_in_role", "edit missing_permission"]),
            outcomes.Keys.ToHashSet());
    }

    private sealed record KnownRole(Guid Id, string? BuiltIn, Granted Permissions);

    private sealed class Walk(Community cast, Random random)
    {
        private readonly Dictionary<string, HashSet<Guid>> _held = [];
        private List<KnownRole> _roles = [];

        public async Task BeginAsync()
        {
            _roles = await ReadAsync();
            foreach (var who in Community.Ranks)
            {
                _held[who] = [cast.Role(who is "guest" ? "guest" : "member")];
            }

            foreach (var who in Community.Ranks[..3])
            {
                _held[who].Add(cast.Role(who));
            }

            // The owner holds the owner's role only.
            _held["owner"].Remove(cast.Role("member"));
        }

        /// <returns>What was tried, and the code of the refusal or <c>ok</c>.</returns>
        public async Task<string> StepAsync(string where)
        {
            if (random.Next(8) == 0)
            {
                await HandOutAsync();
            }

            var who = Community.Ranks[random.Next(Community.Ranks.Length)];
            var (kind, expected, after, send) = Plan(who);
            var before = Community.Ranks.ToDictionary(one => one, GrantedTo);
            using var response = await send(cast[who].Client);
            var code = response.IsSuccessStatusCode ? "ok" : (await response.BodyAsync(response.StatusCode)).GetProperty("code").GetString() ?? "";
            Assert.True(code == expected, $"{where}: {who} was to hear {expected} to {kind} and heard {code}.");
            if (code == "ok")
            {
                var was = _roles;
                _roles = after ?? [.. _roles];
                if (kind == "create")
                {
                    var made = await response.BodyAsync(HttpStatusCode.Created);
                    _roles.Insert(2, new KnownRole(made.Id(), null, (Granted)made.GetProperty("permissions").GetInt64()));
                }

                await CompareAsync(where);
                Assert.All(_roles, role =>
                {
                    var gained = role.Permissions & ~(was.Find(one => one.Id == role.Id)?.Permissions ?? Granted.None);
                    Assert.True((gained & ~before[who]) == 0, $"{where}: {who} gave a role {gained & ~before[who]}.");
                });
                Assert.All(Community.Ranks, one => Assert.True((GrantedTo(one) & ~before[one] & ~before[who]) == 0, $"{where}: {one} gained by {who} what {who} had not got."));
            }

            return $"{kind} {code}";
        }

        public async Task CompareAsync(string where)
        {
            var read = await ReadAsync();
            Assert.True(_roles.SequenceEqual(read), $"{where}: expected {string.Join(' ', _roles)}, found {string.Join(' ', read)}.");
        }

        private async Task<List<KnownRole>> ReadAsync() =>
            [.. (await cast.ReadRolesAsync()).Select(role => new KnownRole(
                role.Id(), role.TryGetProperty("builtIn", out var code) ? code.GetString() : null, (Granted)role.GetProperty("permissions").GetInt64()))];

        /// <summary>Somebody gets a role of the server's own, from beyond the rules.</summary>
        private async Task HandOutAsync()
        {
            var own = _roles.FindAll(role => role.BuiltIn is null);
            var who = Community.Ranks[1 + random.Next(Community.Ranks.Length - 1)];
            if (own.Count > 0 && _held[who].Add(own[random.Next(own.Count)].Id))
            {
                await cast.GiveAsync(cast[who], _held[who].Last());
            }
        }

        private Granted GrantedTo(string who)
        {
            var granted = Granted.None;
            foreach (var role in _roles.Where(role => _held[who].Contains(role.Id)))
            {
                granted |= role.Permissions;
            }

            return who == "owner" || (granted & Granted.Administrator) != 0 ? Granted.All : granted;
        }

        private (string Kind, string Expected, List<KnownRole>? After, Func<HttpClient, Task<HttpResponseMessage>> Send) Plan(string who)
        {
            var mine = GrantedTo(who);
            var top = who == "owner" ? int.MaxValue : _roles.FindLastIndex(role => _held[who].Contains(role.Id));
            var index = random.Next(_roles.Count);
            var role = _roles[index];
            string Refusal(params ReadOnlySpan<(bool When, string Code)> rules)
            {
                if ((mine & Granted.ManageRoles) == 0)
                {
                    return "missing_permission";
                }

                foreach (var (when, code) in rules)
                {
                    if (when)
                    {
                        return code;
                    }
                }

                return "ok";
            }

            switch (random.Next(10))
            {
                case < 2 when _roles.Count < 20:
                    var given = Flags() | (random.Next(2) == 0 ? Granted.ManageRoles : Granted.None);
                    return ("create", Refusal(((given & ~mine) != 0, "above_you"), (top <= 1, "above_you")), null, client => client.PostAsync(cast.Roles, null, new { name = "Made", permissions = given }));
                case < 6:
                    var flipped = role.Permissions ^ Flags();
                    return (
                        "edit",
                        Refusal((index >= top, "above_you"), (role.BuiltIn == "owner", "built_in_role"), (((flipped ^ role.Permissions) & ~mine) != 0, "above_you")),
                        [.. _roles.Select(one => one == role ? one with { Permissions = flipped } : one)],
                        client => client.EditAsync($"{cast.Roles}/{role.Id}", new { permissions = flipped }));
                case < 8:
                    return (
                        "delete",
                        Refusal((index >= top, "above_you"), (role.BuiltIn is not null, "built_in_role"), ((role.Permissions & ~mine) != 0, "above_you")),
                        [.. _roles.Where(one => one != role)],
                        client => client.RemoveAsync($"{cast.Roles}/{role.Id}"));
                default:
                    // All below oneself in another order; now and then one too many.
                    var below = Math.Clamp(top, 0, _roles.Count - 1);
                    var wanted = _roles[..below];
                    if (below > 3)
                    {
                        var (one, other) = (random.Next(2, below), random.Next(2, below));
                        (wanted[one], wanted[other]) = (wanted[other], wanted[one]);
                    }

                    var tooMany = below < _roles.Count - 1 && random.Next(3) == 0;
                    Guid[] sent = [.. wanted.Select(one => one.Id), .. _roles.Skip(below).Take(tooMany ? 1 : 0).Select(one => one.Id)];
                    return sent.Length == 0
                        ? ("order", "validation_failed", null, client => client.EditAsync(cast.Roles, new { roles = sent }))
                        : ("order", Refusal((tooMany, "above_you")), [.. wanted, .. _roles[below..]], client => client.EditAsync(cast.Roles, new { roles = sent }));
            }
        }

        private Granted Flags()
        {
            var flags = Granted.None;
            for (var count = random.Next(1, 4); count > 0; count--)
            {
                flags |= (Granted)(1L << random.Next(22));
            }

            return flags;
        }
    }
}
