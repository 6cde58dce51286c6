using System.Globalization;
using Chat.Access;
using Chat.Messaging.Messages;
using Chat.Messaging.Paging;
using Chat.ServiceDefaults;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Chat.Messaging.Search;

/// <summary>Searching messages.</summary>
internal static class SearchApi
{
    private const int UsualLimit = 25;
    private const int MaxLimit = 50;

    private static readonly TimeSpan RetrySoon = TimeSpan.FromSeconds(1);

    public static void AddSearch(this IHostApplicationBuilder builder)
    {
        builder.Services.AddOptions<SearchOptions>()
            .BindConfiguration("Search")
            .Validate(options => options.Every > TimeSpan.Zero && options.Timeout > TimeSpan.Zero, "Search: both times are positive.")
            .ValidateOnStart();
        builder.AddUserChannels();
        builder.Services.AddSingleton<MessageSearch>();
        builder.Services.AddScoped<SearchScope>();
        builder.Services.AddHostedService<SearchIndexer>();
    }

    public static void MapSearch(this IEndpointRouteBuilder routes) => routes.MapGet("/api/v1/search", SearchAsync).WithScopes("messages").WithTags("Search");

    private static async Task<Results<Ok<SearchPage>, ProblemHttpResult>> SearchAsync([AsParameters] SearchQuery query, Caller caller, [AsParameters] Searching services, CancellationToken cancellationToken)
    {
        var errors = new List<FieldError>();
        var (asked, cursor, limit) = query.Read(errors);
        if (errors.Count > 0)
            return Problems.Validation(errors);
        var question = asked.As(caller.Id);
        var (channels, problem) = await ScopeAsync(query, question, caller, services.Scope, errors, cancellationToken);
        if (channels is null)
            return problem ?? Problems.Validation(errors);

        try
        {
            var found = channels.Count == 0 ? [] : await services.Search.FindAsync(question, channels, caller.Id, cursor, limit + 1, cancellationToken);
            var page = found.Take(limit).ToArray();
            var next = found.Count > limit ? new SearchCursor(page[^1].Stage, page[^1].Id).ToString() : null;
            // After they were read: who has lost the right by now is told nothing of them.
            var left = page.Select(one => one.Message).OfType<Message>().ToArray();
            var visible = await VisibleAsync(left, caller, services.Permissions, cancellationToken);
            var terms = question.Words.Concat(question.Phrases).ToArray();
            return TypedResults.Ok(new SearchPage(
                [.. left.Where(message => visible.Contains(message.Channel)).Select(message => new SearchHit(message, Highlights.Find(message.Content, terms)))], next));
        }
        catch (SearchTimeoutException)
        {
            return Problems.Unavailable("search_timeout", "The search took too long. Ask for something rarer, or in fewer channels.", RetrySoon);
        }
    }

    private static async Task<(IReadOnlyList<Guid>? Channels, ProblemHttpResult? Problem)> ScopeAsync(
        SearchQuery query, SearchQuestion question, Caller caller, SearchScope scope, List<FieldError> errors, CancellationToken cancellationToken)
    {
        if (SearchQuery.Id(query.Channel, "channel", errors) is { } channel)
            return await scope.OfChannelAsync(channel, question.In, caller.Id, cancellationToken) is { } inChannel ? (inChannel, null) : (null, MessagesApi.ChannelNotFound());
        if (SearchQuery.Id(query.Server, "server", errors) is { } server)
        {
            return await scope.OfServerAsync(server, question.In, caller.Id, cancellationToken) is { } inServer
                ? (inServer, null)
                : (null, Problems.NotFound("server_not_found", "There is no such server, or the caller is not a member."));
        }

        return errors.Count > 0 ? (null, null) : (await scope.OfEverythingAsync(question.In, caller.Id, cancellationToken), null);
    }

    private static async Task<IReadOnlySet<Guid>> VisibleAsync(Message[] page, Caller caller, IChannelPermissions permissions, CancellationToken cancellationToken) =>
        (await permissions.GetManyAsync([.. page.Select(message => message.Channel).Distinct()], caller.Id, cancellationToken)).Keys.ToHashSet();

    /// <summary>What a search needs.</summary>
    internal sealed record Searching(SearchScope Scope, MessageSearch Search, IChannelPermissions Permissions);

    /// <param name="Q">Words and operators, see <see cref="SearchQuestionParser"/>, at most 300 characters.</param>
    /// <param name="Server">Only in this server.</param>
    /// <param name="Channel">Only in this channel and its threads.</param>
    internal sealed record SearchQuery(
        string? Q, string? Server, string? Channel, string? From, string? Mentions, string? Has, string? Before, string? After, string? Pinned, string? Limit, string? Cursor)
    {
        public (SearchQuestion Question, SearchCursor? Cursor, int Limit) Read(List<FieldError> errors)
        {
            var parser = new SearchQuestionParser();
            if (Q is { Length: > SearchQuestion.MaxLength })
                errors.Add(new FieldError("q", "too_long", string.Create(CultureInfo.InvariantCulture, $"At most {SearchQuestion.MaxLength} characters.")));
            else if (Q is not null && IsText(Q))
                parser.Read(Q);
            else if (Q is not null)
                errors.Add(new FieldError("q", "invalid_text", "The question is no valid Unicode text."));
            Report("q", parser, 0, errors);
            foreach (var (name, value) in (ReadOnlySpan<(string, string?)>)[("from", From), ("mentions", Mentions), ("has", Has), ("before", Before), ("after", After), ("pinned", Pinned)])
            {
                var known = parser.Errors.Count;
                if (value is { Length: > 0 and <= SearchQuestion.MaxLength } && IsText(value))
                    parser.Operator(name, value);
                else if (value is not null)
                    errors.Add(new FieldError(name, "invalid", "The value is empty, too long, or no text."));
                Report(name, parser, known, errors);
            }

            if (errors.Count == 0 && parser.Question.IsEmpty)
                errors.Add(new FieldError("q", "required", "A search asks for something: words, or at least one operator."));
            return (parser.Question, SearchCursor.Read(Cursor, errors), QueryNumber.Limit(Limit, UsualLimit, MaxLimit, errors));
        }

        public static Guid? Id(string? text, string field, List<FieldError> errors)
        {
            if (text is null)
                return null;
            if (Guid.TryParseExact(text, "D", out var id))
                return id;
            errors.Add(new FieldError(field, "invalid_id", "The id is not a UUID."));
            return null;
        }

        /// <summary>PostgreSQL takes no null character, and folding neither half of a surrogate pair nor U+FFFE.</summary>
        private static bool IsText(string text)
        {
            for (var i = 0; i < text.Length; i++)
            {
                if (text[i] is '\0' or '\uFFFE' || char.IsLowSurrogate(text[i]) || (char.IsHighSurrogate(text[i]) && (++i == text.Length || !char.IsLowSurrogate(text[i]))))
                    return false;
            }

            return true;
        }

        private static void Report(string field, SearchQuestionParser parser, int known, List<FieldError> errors) =>
            errors.AddRange(parser.Errors.Skip(known).Select(code => new FieldError(field, code, code switch
            {
                "invalid_time" => "A time is a day as 2026-01-31, or a moment in ISO 8601 with its offset.",
                "invalid_has" => "A message has a link, a file, an image or a poll.",
                "invalid_pinned" => "Pinned is true or false.",
                _ => "The question has too many terms.",
            })));
    }

    /// <param name="Items">Those with the words first, then those with them inside of other words; each newest first.</param>
    /// <param name="Next">The cursor of the next page; absent: there is none.</param>
    internal sealed record SearchPage(IReadOnlyList<SearchHit> Items, string? Next = null);

    /// <param name="Highlights">Where the words are in its content.</param>
    internal sealed record SearchHit(Message Message, IReadOnlyList<Highlight> Highlights);
}
