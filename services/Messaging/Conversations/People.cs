using Chat.Access;
using Chat.Messaging.Data;
using Chat.Messaging.Messages;
using Chat.ServiceDefaults;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;

namespace Chat.Messaging.Conversations;

/// <summary>
/// Whom somebody can reach. Whoever cannot be reached looks the same for every reason: there is no such account, it was erased, it is not in use, or one of the two blocks the other.
/// </summary>
internal sealed class People(MessagingDbContext db, IdentityAccounts identity, Relations.Relations relations, ISharedServers servers)
{
    /// <summary>Keeps what somebody is called, until identity's events say so.</summary>
    public Task IntroduceAsync(IReadOnlyCollection<Author> people, CancellationToken cancellationToken)
    {
        Guid[] ids = [.. people.Select(person => person.Id)];
        string[] usernames = [.. people.Select(person => person.Username)], names = [.. people.Select(person => person.DisplayName)];
        return db.Database.ExecuteSqlAsync(
            $"""
            insert into authors (id, username, display_name)
            select id, username, display_name from unnest({ids}, {usernames}, {names}) as n (id, username, display_name) order by id
            on conflict (id) do nothing
            """,
            cancellationToken);
    }

    /// <summary>How far each of some people can be reached by somebody; who cannot be at all has no entry.</summary>
    /// <param name="others">At most <see cref="ConversationAct.MaxMembers"/>.</param>
    public async Task<IReadOnlyDictionary<Guid, Reach>> ReachAsync(Guid user, IReadOnlyCollection<Guid> others, CancellationToken cancellationToken)
    {
        var known = await KnownAsync(others, cancellationToken);
        var between = await relations.BetweenAsync(user, others, cancellationToken);
        Guid[] reached = [.. others.Where(other => known.Contains(other) && !between[other].Blocked)];
        Guid[] strangers = [.. reached.Where(other => !between[other].Friends)];
        var shared = strangers.Length == 0 ? new HashSet<Guid>() : await servers.WithAsync(user, strangers, cancellationToken);
        return reached.ToDictionary(other => other, other => new Reach(between[other].Friends || shared.Contains(other)));
    }

    /// <summary>The same for what is new to them: of those alone whose accounts are in use.</summary>
    public async Task<IReadOnlyDictionary<Guid, Reach>> ReachAnewAsync(Guid user, IReadOnlyCollection<Guid> others, CancellationToken cancellationToken)
    {
        var reached = await ReachAsync(user, others, cancellationToken);
        var used = await InUseAsync([.. reached.Keys], cancellationToken);
        return reached.Where(one => used.Contains(one.Key)).ToDictionary();
    }

    /// <summary>Those of some known people whose accounts are in use. While identity is away that is believed of all of them: what it keeps from happening is not worth waiting for.</summary>
    public async Task<IReadOnlySet<Guid>> InUseAsync(IReadOnlyCollection<Guid> people, CancellationToken cancellationToken)
    {
        if (people.Count == 0)
            return new HashSet<Guid>();
        try
        {
            return (await identity.FindAsync(people, cancellationToken)).Where(account => account.Active).Select(account => account.Id).ToHashSet();
        }
        catch (ServiceUnavailableException)
        {
            return people.ToHashSet();
        }
    }

    /// <summary>403, the same for every reason.</summary>
    public static ProblemHttpResult NotReachable(params IReadOnlyCollection<Guid> users) => Problems.Create(
        StatusCodes.Status403Forbidden, "user_not_reachable", "Some of these users cannot be reached by the caller in this way: those in the member users.", ("users", users));

    /// <summary>Those who have an account that was not erased. Their names are kept from then on.</summary>
    private async Task<IReadOnlySet<Guid>> KnownAsync(IReadOnlyCollection<Guid> users, CancellationToken cancellationToken)
    {
        var kept = await db.Authors.AsNoTracking().Where(author => users.Contains(author.Id)).Select(author => new { author.Id, author.Deleted }).ToListAsync(cancellationToken);
        var known = kept.Where(author => !author.Deleted).Select(author => author.Id).ToHashSet();
        Guid[] unheard = [.. users.Except(kept.Select(author => author.Id))];
        if (unheard.Length == 0)
            return known;

        // Perhaps their event is still on its way.
        var told = await identity.FindAsync(unheard, cancellationToken);
        await IntroduceAsync([.. told.Select(account => account.Author)], cancellationToken);
        known.UnionWith(told.Select(account => account.Id));
        return known;
    }
}

/// <param name="Acquainted">They are friends or share a server.</param>
internal readonly record struct Reach(bool Acquainted);
