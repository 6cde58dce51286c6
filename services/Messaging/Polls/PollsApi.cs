using System.Globalization;
using Chat.Access;
using Chat.Messaging.Acting;
using Chat.Messaging.Limits;
using Chat.Messaging.Messages;
using Chat.Messaging.Paging;
using Chat.Messaging.Reading;
using Chat.ServiceDefaults;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Chat.Messaging.Polls;

/// <summary>Voting in polls, who voted, and closing them. A poll is made by sending it: see <see cref="NewPoll"/>.</summary>
internal static class PollsApi
{
    private static readonly string Voters = MessagePeople.Statement("poll_votes", "answer");

    public static void AddPolls(this IHostApplicationBuilder builder)
    {
        builder.Services.AddOptions<PollsOptions>()
            .BindConfiguration("Polls")
            .Validate(options => options.CloseEvery > TimeSpan.Zero, "Polls: the time between two looks is positive.")
            .ValidateOnStart();
        builder.Services.AddScoped<PollEnd>();
        builder.Services.AddScoped<PollVoting>();
        builder.Services.AddSingleton<PollClosing>();
        builder.Services.AddHostedService<PollClosingJob>();
    }

    public static void MapPolls(this IEndpointRouteBuilder routes)
    {
        var poll = routes.MapGroup("/api/v1/channels/{channel:guid}/messages/{message:guid}/poll").WithScopes("messages").WithTags("Polls");
        poll.MapPut("/votes", VoteAsync).WithChangeLimits();
        poll.MapGet("/votes/{answer}", ReadAsync);
        poll.MapPost("/close", CloseAsync).WithChangeLimits();
    }

    private static Task<Results<Ok<Message>, ProblemHttpResult>> VoteAsync(
        Guid channel, Guid message, CastVote body, Caller caller, PollVoting voting, CancellationToken cancellationToken) =>
        voting.VoteAsync(channel, message, body, caller, cancellationToken);

    private static Task<Results<Ok<Message>, ProblemHttpResult>> CloseAsync(
        Guid channel, Guid message, AuditReason reason, Caller caller, PollVoting voting, CancellationToken cancellationToken) =>
        voting.CloseAsync(channel, message, reason, caller, cancellationToken);

    private static async Task<Results<Ok<PeoplePage>, ProblemHttpResult>> ReadAsync(
        Guid channel, Guid message, string answer, [AsParameters] PeopleQuery query, Caller caller, IChannelPermissions permissions, MessagePeople people, CancellationToken cancellationToken)
    {
        if (await permissions.GetAsync(channel, caller.Id, cancellationToken) is not { } access)
            return MessagesApi.ChannelNotFound();

        var errors = new List<FieldError>();
        var (after, limit) = query.Read(ListKind.Voters, errors);
        var known = short.TryParse(answer, NumberStyles.None, CultureInfo.InvariantCulture, out var place) && place < NewPoll.MaxAnswers;
        if (!known)
            errors.Add(AnswerOutOfRange());
        if (errors.Count > 0)
            return Problems.Validation(errors);

        if (await people.ReadAsync(Voters, ListKind.Voters, channel, message, place, after, limit, cancellationToken) is not { } found)
            return ChannelActs.MessageNotFound();
        if (!await found.MayBeAnsweredAsync(channel, caller.Id, access, permissions, cancellationToken))
            return MessagesApi.ChannelNotFound();
        if (found.Value.Parts?.Poll is not { } poll)
            return PollVoting.PollNotFound();
        return place < poll.Answers.Count ? TypedResults.Ok(found.Value.Page) : Problems.Validation(AnswerOutOfRange());
    }

    private static FieldError AnswerOutOfRange() => new("answer", "out_of_range", "The poll has no such answer.");
}
