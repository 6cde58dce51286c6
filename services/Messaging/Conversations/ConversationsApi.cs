using Chat.Messaging.Acting;
using Chat.Messaging.Data;
using Chat.Messaging.Limits;
using Chat.Messaging.Messages;
using Chat.Messaging.Paging;
using Chat.ServiceDefaults;
using Chat.ServiceDefaults.Events;
using Chat.ServiceDefaults.Idempotency;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Chat.Messaging.Conversations;

/// <summary>Conversations outside of servers: of two people, and of groups. What is said in them goes by the routes of channels.</summary>
internal static class ConversationsApi
{
    private const int PageLimit = 50;
    private const int MaxPageLimit = 100;

    public static void AddConversations(this IHostApplicationBuilder builder)
    {
        builder.AddSharedServers();
        builder.AddInternalClient<IdentityAccounts>("identity");
        builder.Services.AddScoped<People>();
        builder.Services.AddScoped<ConversationReader>();
        builder.Services.AddScoped<ConversationActs>();
        builder.Services.AddScoped<ConversationStart>();
        builder.Services.AddScoped<GroupChanges>();
        builder.Services.AddScoped<MessageRequests>();
        builder.Services.AddScoped<ConversationErasure>();
        builder.Services.AddSingleton<SilentAgreement>();
    }

    public static void MapConversations(this IEndpointRouteBuilder routes)
    {
        var conversations = routes.MapGroup("/api/v1/conversations").WithScopes("messages").WithTags("Conversations");
        conversations.MapGet("", ListAsync);
        conversations.MapPost("", BeginAsync);

        var one = conversations.MapGroup("/{conversation:guid}");
        one.MapGet("", FindAsync);
        one.MapPatch("", ChangeAsync).WithChangeLimits();
        one.MapDelete("", HideAsync).WithChangeLimits();
        one.MapPut("/members/{user:guid}", AddMemberAsync).WithChangeLimits();
        one.MapDelete("/members/{user:guid}", RemoveMemberAsync).WithChangeLimits();
        one.MapPut("/request", AcceptAsync).WithChangeLimits();
        one.MapDelete("/request", DeclineAsync).WithChangeLimits();
    }

    private static async Task<Results<Ok<ConversationPage>, ProblemHttpResult>> ListAsync(
        string? state, string? limit, string? cursor, Caller caller, ConversationReader reader, CancellationToken cancellationToken)
    {
        var errors = new List<FieldError>();
        if (state is not (null or "open" or "requests"))
            errors.Add(new FieldError("state", "invalid", "One of open and requests."));
        var size = QueryNumber.Limit(limit, PageLimit, MaxPageLimit, errors);
        var after = TimeCursor.Read(ListKind.Conversations, cursor, TimeCursor.End, errors);
        if (errors.Count > 0)
            return Problems.Validation(errors);

        // One more tells whether there is more.
        var found = await reader.ListAsync(caller.Id, state == "requests", after, size + 1, cancellationToken);
        var next = found.Count > size ? new TimeCursor(found[size - 1].ActiveAt, found[size - 1].Id).Of(ListKind.Conversations) : null;
        return TypedResults.Ok(new ConversationPage([.. found.Take(size)], next));
    }

    private static async Task<Results<Ok<Conversation>, ProblemHttpResult>> FindAsync(
        Guid conversation, Caller caller, ConversationReader reader, CancellationToken cancellationToken) =>
        await reader.FindAsync(conversation, caller.Id, cancellationToken) is { } found ? TypedResults.Ok(found) : MessagesApi.ChannelNotFound();

    /// <summary>With one other the conversation of these two, with more a new group.</summary>
    private static async Task<Results<Created<Conversation>, Ok<Conversation>, ProblemHttpResult>> BeginAsync(
        BeginConversation body, Caller caller, HttpContext http, [AsParameters] Beginning services, CancellationToken cancellationToken)
    {
        var errors = new List<FieldError>();
        if (body.Validate(caller.Id, errors) is not { } wanted)
            return Problems.Validation(errors);
        var author = Of(caller);
        if (wanted.Users is [var other])
            return await services.Start.DirectAsync(author, other, cancellationToken);

        await services.People.IntroduceAsync([author], cancellationToken);
        var reach = await services.People.ReachAnewAsync(caller.Id, wanted.Users, cancellationToken);
        var begun = await Idempotency.CreateAsync(services.Db, http, caller.Id, body, ct => services.Start.GroupAsync(author, wanted, reach, ct), cancellationToken);
        services.Outbox.Wake();
        return begun.Result is Created<Conversation> created ? created : (ProblemHttpResult)begun.Result;
    }

    private static async Task<Results<Ok<Conversation>, ProblemHttpResult>> ChangeAsync(
        Guid conversation, ChangeConversation body, Caller caller, GroupChanges groups, CancellationToken cancellationToken) =>
        Show(await groups.ChangeAsync(conversation, Of(caller), body, cancellationToken));

    private static async Task<Results<Ok<Conversation>, ProblemHttpResult>> AddMemberAsync(
        Guid conversation, Guid user, Caller caller, GroupChanges groups, CancellationToken cancellationToken) =>
        Show(await groups.AddAsync(conversation, Of(caller), user, cancellationToken));

    /// <summary>Once this answers 204 whoever was put out or left reads, sends and receives nothing of the group any more.</summary>
    private static async Task<Results<NoContent, ProblemHttpResult>> RemoveMemberAsync(
        Guid conversation, Guid user, Caller caller, GroupChanges groups, CancellationToken cancellationToken) =>
        Nothing(await groups.RemoveAsync(conversation, Of(caller), user, cancellationToken));

    private static async Task<Results<Ok<Conversation>, ProblemHttpResult>> AcceptAsync(Guid conversation, Caller caller, MessageRequests requests, CancellationToken cancellationToken) =>
        Show(await requests.AcceptAsync(conversation, Of(caller), cancellationToken));

    private static async Task<Results<NoContent, ProblemHttpResult>> DeclineAsync(Guid conversation, Caller caller, MessageRequests requests, CancellationToken cancellationToken) =>
        Nothing(await requests.DeclineAsync(conversation, Of(caller), cancellationToken));

    /// <summary>Puts the conversation of two people out of the caller's list until something is said in it.</summary>
    private static async Task<Results<NoContent, ProblemHttpResult>> HideAsync(Guid conversation, Caller caller, ConversationActs acts, CancellationToken cancellationToken) =>
        Nothing(await acts.RunAsync(conversation, Of(caller), default, (act, _) => Task.FromResult(Hide(act)), cancellationToken));

    private static ProblemHttpResult? Hide(ConversationAct act)
    {
        if (act.IsGroup)
            return ConversationAct.NotDirect();
        if (act.Find(act.Actor.Id) is { } member)
            member.HiddenAt = act.Channel.Rev;
        act.Told.Add(act.Actor.Id);
        return null;
    }

    private static Author Of(Caller caller) => new(caller.Id, caller.Username, caller.DisplayName);

    private static Results<Ok<Conversation>, ProblemHttpResult> Show(ActOutcome<ActDone> outcome) =>
        outcome.Value?.View is { } view ? TypedResults.Ok(view) : outcome.Problem ?? MessagesApi.ChannelNotFound();

    private static Results<NoContent, ProblemHttpResult> Nothing(ActOutcome<ActDone> outcome) => outcome.Problem is { } problem ? problem : TypedResults.NoContent();

    /// <summary>What a beginning needs.</summary>
    internal sealed record Beginning(MessagingDbContext Db, People People, ConversationStart Start, Outbox Outbox);
}

/// <summary>A page of a list of conversations.</summary>
/// <param name="Next">The cursor of the next page; absent on the last.</param>
internal sealed record ConversationPage(IReadOnlyList<Conversation> Items, string? Next);
