namespace Chat.Servers.Tests;

public sealed class DiscoveryTests(ServersFixture fixture)
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private Deployment Deployment => fixture.Deployment;

    [Fact]
    public async Task A_public_server_is_found_with_what_it_says_of_itself_and_whether_the_caller_is_in_it()
    {
        using var owner = Deployment.ClientOf(await Deployment.SignUpAsync("ada"));
        using var bob = Deployment.ClientOf(await Deployment.SignUpAsync("bob"), replica: 1);
        var server = (await owner.CreateServerAsync("Found me")).Id();
        var (tag, icon) = (PublicServers.Tag(), Guid.CreateVersion7());
        Assert.Empty(await PublicServers.FindAsync(bob, $"tag={tag}"));
        await Sql.ExecuteAsync(
            Deployment.Database,
            "update servers set public = true, description = 'About things', category = 'science', tags = array[$2, 'physics'], vanity = $2, icon = $3 where id = $1",
            server,
            tag,
            icon);

        var item = Assert.Single(await PublicServers.FindAsync(bob, $"tag={tag}"));
        Assert.Equal(
            ["category", "createdAt", "description", "icon", "id", "joined", "memberCount", "name", "tags", "vanity"],
            item.EnumerateObject().Select(member => member.Name).Order(StringComparer.Ordinal));
        Assert.Equal(
            (server, "Found me", "About things", "science", 1, tag, icon, false),
            (item.Id(), item.GetProperty("name").GetString(), item.GetProperty("description").GetString(), item.GetProperty("category").GetString(),
                item.GetProperty("memberCount").GetInt32(), item.GetProperty("vanity").GetString(), item.GetProperty("icon").GetGuid(), item.GetProperty("joined").GetBoolean()));
        Assert.Equal([tag, "physics"], item.GetProperty("tags").EnumerateArray().Select(one => one.GetString()));
        Assert.True(Assert.Single(await PublicServers.FindAsync(owner, $"tag={tag}")).GetProperty("joined").GetBoolean());

        await Sql.ExecuteAsync(Deployment.Database, "update servers set archived_at = now() where id = $1", server);
        Assert.Empty(await PublicServers.FindAsync(owner, $"tag={tag}"));
        await Sql.ExecuteAsync(Deployment.Database, "update servers set archived_at = null, public = false where id = $1", server);
        Assert.Empty(await PublicServers.FindAsync(owner, $"q={tag}"));
    }

    [Fact]
    public async Task Category_and_all_tags_must_match()
    {
        using var client = Deployment.ClientOf(await Deployment.SignUpAsync("bob"));
        var tag = PublicServers.Tag();
        await AddAsync("Both", tag, tags: ["x", "y"], category: "art");
        await AddAsync("One", tag, tags: ["x"], category: "music");

        Assert.Equal(["Both"], await NamesAsync(client, $"tag={tag}&tag=x&tag=Y"));
        Assert.Equal(["Both", "One"], (await NamesAsync(client, $"tag=x&tag={tag.ToUpperInvariant()}")).Order());
        Assert.Equal(["One"], await NamesAsync(client, $"tag={tag}&category=Music"));
        Assert.Empty(await NamesAsync(client, $"tag={tag}&tag=z"));
        Assert.Empty(await NamesAsync(client, $"tag={tag}&category=gaming"));
    }

    [Theory]
    [InlineData("Programming for everyone", "progaming")]
    [InlineData("Programming for everyone", "Programing")]
    [InlineData("Gaming guild", "gamming")]
    [InlineData("Minecraft builders", "mincraft")]
    [InlineData("The Community", "comunity")]
    [InlineData("Programming for everyone", "prog")]
    [InlineData("Programming for everyone", "everyone pro")]
    [InlineData("Programming for everyone", "rammin")]
    [InlineData("C++ and C#", "c++")]
    [InlineData("Rock'n'Roll", "rock'n'roll")]
    [InlineData("semi-pro", "semi-p")]
    [InlineData("日本語の部屋", "日本")]
    [InlineData("日本語の部屋", "部屋")]
    [InlineData("日本語の部屋", "の")]
    [InlineData("中文社区", "文社")]
    [InlineData("中文社区", "中文")]
    [InlineData("한국어 모임", "국어")]
    [InlineData("Русский чат", "РУССК")]
    [InlineData("Русский чат", "руский")]
    [InlineData("Ünïcode Café", "ünïcode CAFÉ")]
    [InlineData("Ünïcode Café", "caf\u0065\u0301")]
    [InlineData("हिन्दी संगीत", "हिन्दी")]
    [InlineData("🎮 Arcade", "🎮")]
    public async Task A_server_is_found_by_words_beginnings_parts_and_misspelt_names(string name, string text)
    {
        using var client = Deployment.ClientOf(await Deployment.SignUpAsync("bob"));
        var tag = PublicServers.Tag();
        await AddAsync(name, tag);
        await AddAsync("Zebra xylophone", tag);
        foreach (var sort in new[] { "relevance", "members", "activity" })
        {
            Assert.Equal([name], await NamesAsync(client, $"tag={tag}&sort={sort}&q={Uri.EscapeDataString(text)}"));
        }
    }

    [Fact]
    public async Task What_fits_better_comes_first_and_the_larger_where_it_fits_equally()
    {
        using var client = Deployment.ClientOf(await Deployment.SignUpAsync("bob"));
        var tag = PublicServers.Tag();
        await AddAsync("Something else", tag, members: 9000, description: "We also like chess sometimes");
        await AddAsync("Chess players", tag, members: 20);
        await AddAsync("Chess lessons", tag, members: 30);
        await AddAsync("Chess", tag, members: 1);
        await AddAsync("Ches club", tag, members: 10_000);
        await AddAsync("Tagged", tag, members: 500, tags: ["chess"]);

        Assert.Equal(["Chess", "Chess lessons", "Chess players", "Tagged", "Something else", "Ches club"], await NamesAsync(client, $"tag={tag}&q=chess"));
        Assert.Equal(["Ches club", "Something else", "Tagged", "Chess lessons", "Chess players", "Chess"], await NamesAsync(client, $"tag={tag}&q=chess&sort=members"));
        Assert.Equal(["Ches club", "Something else", "Tagged", "Chess lessons", "Chess players", "Chess"], await NamesAsync(client, $"tag={tag}"));
    }

    [Fact]
    public async Task Quotes_and_a_minus_are_taken_at_their_word()
    {
        using var client = Deployment.ClientOf(await Deployment.SignUpAsync("bob"));
        var tag = PublicServers.Tag();
        await AddAsync("Jazz guitar", tag);
        await AddAsync("Guitar jazz", tag);
        await AddAsync("Guitar rock", tag);

        Assert.Equal(["Jazz guitar"], await NamesAsync(client, $"tag={tag}&q=%22jazz%20guitar%22"));
        Assert.Equal(["Guitar rock"], await NamesAsync(client, $"tag={tag}&q=guitar%20-jazz"));
        Assert.Equal(3, (await NamesAsync(client, $"tag={tag}&q=rock%20or%20jazz")).Count);
    }

    [Theory]
    [InlineData("!!!")]
    [InlineData("--")]
    [InlineData("%")]
    [InlineData("%%%%")]
    [InlineData("___")]
    [InlineData("\"\"")]
    [InlineData("'")]
    [InlineData("\\")]
    [InlineData("&|!():*<->")]
    [InlineData("。、！")]
    public async Task A_text_of_punctuation_finds_nothing(string text)
    {
        using var client = Deployment.ClientOf(await Deployment.SignUpAsync("bob"));
        await AddAsync($"Marks {text} marks", PublicServers.Tag());
        Assert.Empty(await PublicServers.FindAsync(client, $"q={Uri.EscapeDataString(text)}"));
    }

    [Theory]
    [InlineData("'; drop table servers; --")]
    [InlineData("x' & 'y")]
    [InlineData("x:*")]
    [InlineData("x\\")]
    [InlineData("\\' or 1=1")]
    [InlineData("\"unbalanced")]
    [InlineData("-")]
    [InlineData("- x")]
    [InlineData("-x")]
    [InlineData("or")]
    [InlineData("or or or")]
    [InlineData("!x <-> (y")]
    [InlineData("$1 {0} @p")]
    [InlineData("ﷺ")]
    [InlineData("𝔘𝔫𝔦𝔠𝔬𝔡𝔢")]
    public async Task No_text_is_more_than_a_text(string text)
    {
        using var client = Deployment.ClientOf(await Deployment.SignUpAsync("bob"));
        var tag = PublicServers.Tag();
        await AddAsync("Zebra", tag);
        foreach (var sort in new[] { "relevance", "members", "activity" })
        {
            var found = await NamesAsync(client, $"tag={tag}&sort={sort}&q={Uri.EscapeDataString(text)}");
            // Those that exclude a word find all that lack it.
            Assert.Equal(text is "-x" or "- x" ? ["Zebra"] : [], found);
        }

        Assert.Equal(["Zebra"], await NamesAsync(client, $"tag={tag}"));
    }

    [Fact]
    public async Task Wildcards_in_a_text_stand_for_themselves()
    {
        using var client = Deployment.ClientOf(await Deployment.SignUpAsync("bob"));
        var tag = PublicServers.Tag();
        await AddAsync("qqqa_bzzz", tag);
        await AddAsync("qqqaxbzzz", tag);
        await AddAsync("wwwa%bttt", tag);
        await AddAsync("wwwaxxbttt", tag);
        Assert.Equal(["qqqa_bzzz"], await NamesAsync(client, $"tag={tag}&q=a_b"));
        Assert.Equal(["wwwa%bttt"], await NamesAsync(client, $"tag={tag}&q=a%25b"));
    }

    [Theory]
    [InlineData("q=", "q", "too_short")]
    [InlineData("q=%20%20", "q", "too_short")]
    [InlineData("q=a%00b", "q", "invalid_characters")]
    [InlineData("q=%E2%80%AEabc", "q", "invalid_characters")]
    [InlineData("category=nonsense", "category", "unknown")]
    [InlineData("category=", "category", "unknown")]
    [InlineData("tag=", "tag", "too_short")]
    [InlineData("tag=0123456789012345678901234567890", "tag", "too_long")]
    [InlineData("tag=a%0Ab", "tag", "invalid_characters")]
    [InlineData("tag=%7Ba%7D", "tag", "invalid_characters")]
    [InlineData("tag=%20-%20&tag=%25", "tag", "invalid_characters")]
    [InlineData("tag=1&tag=2&tag=3&tag=4&tag=5&tag=6&tag=7&tag=8&tag=9&tag=10&tag=11", "tag", "too_many")]
    [InlineData("sort=age", "sort", "unknown")]
    [InlineData("sort=MEMBERS", "sort", "unknown")]
    [InlineData("limit=0", "limit", "out_of_range")]
    [InlineData("limit=101", "limit", "out_of_range")]
    [InlineData("cursor=", "cursor", "invalid")]
    [InlineData("cursor=nonsense", "cursor", "invalid")]
    [InlineData("cursor=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "cursor", "invalid")]
    public async Task Bad_input_is_refused_by_field(string query, string field, string code)
    {
        using var client = Deployment.ClientOf(await Deployment.SignUpAsync("bob"));
        await client.RefusesAsync($"/api/v1/discovery?{query}", HttpStatusCode.BadRequest, "validation_failed", field, code);
    }

    [Fact]
    public async Task A_text_may_have_a_hundred_characters_and_a_number_must_be_one()
    {
        using var client = Deployment.ClientOf(await Deployment.SignUpAsync("bob"));
        // A letter in nobody else's names.
        Assert.Empty(await PublicServers.FindAsync(client, $"q={Uri.EscapeDataString(new string('ǯ', 100))}"));
        await client.RefusesAsync($"/api/v1/discovery?q={Uri.EscapeDataString(new string('ǯ', 101))}", HttpStatusCode.BadRequest, "validation_failed", "q", "too_long");
        using var worded = await client.GetAsync(new Uri("/api/v1/discovery?limit=many", UriKind.Relative), Cancellation);
        Assert.Equal(HttpStatusCode.BadRequest, worded.StatusCode);
    }

    [Fact]
    public async Task Only_who_is_signed_in_finds_anything()
    {
        using var nobody = Deployment.Replicas[0].CreateClient();
        foreach (var path in new[] { "/api/v1/discovery", "/api/v1/discovery?q=x", "/api/v1/discovery/categories" })
        {
            using var refused = await nobody.GetAsync(new Uri(path, UriKind.Relative), Cancellation);
            Assert.Equal(HttpStatusCode.Unauthorized, refused.StatusCode);
        }
    }

    [Fact]
    public async Task The_categories_are_counted_as_far_as_anybody_can_find_them()
    {
        using var client = Deployment.ClientOf(await Deployment.SignUpAsync("bob"));
        var before = await CountsAsync();
        Assert.Equal(
            ["gaming", "education", "technology", "music", "art", "science", "community", "sports", "entertainment", "business", "other"], before.Select(count => count.Category));
        var tag = PublicServers.Tag();
        var added = await AddAsync("One", tag, category: "business");
        await AddAsync("Two", tag, category: "business");
        await Sql.ExecuteAsync(Deployment.Database, "update servers set archived_at = now() where id = $1", added);

        // No other test uses this category.
        Assert.Equal(before.Single(count => count.Category == "business").Count + 1, (await CountsAsync()).Single(count => count.Category == "business").Count);

        async Task<List<(string? Category, int Count)>> CountsAsync() =>
            [.. (await client.ReadAsync("/api/v1/discovery/categories")).GetProperty("items").EnumerateArray()
                .Select(item => (item.GetProperty("category").GetString(), item.GetProperty("count").GetInt32()))];
    }

    private Task<Guid> AddAsync(string name, string tag, int members = 1, string[]? tags = null, string category = "other", string? description = null) =>
        PublicServers.AddAsync(Deployment, name, [tag, .. tags ?? []], members, category, description);

    private static async Task<List<string?>> NamesAsync(HttpClient client, string query) =>
        [.. (await PublicServers.FindAsync(client, query)).Select(item => item.GetProperty("name").GetString())];
}
