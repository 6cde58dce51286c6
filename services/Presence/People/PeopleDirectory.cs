using Chat.Presence.Data;
using Chat.ServiceDefaults;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;

namespace Chat.Presence.People;

/// <summary>Finds people, and sees to it that everybody who takes part in a change has a row in <c>profiles</c>.</summary>
internal sealed class PeopleDirectory(PresenceDb db, IdentityUsers identity)
{
    /// <summary>The one answer for whoever does not exist and for whoever shall not be found: nobody learns from it that they are blocked.</summary>
    public static ProblemHttpResult NotFound() => Problems.NotFound("user_not_found", "There is no such user.");

    /// <summary>Who is called so; null when nobody is.</summary>
    public async Task<Guid?> FindAsync(string username, CancellationToken cancellationToken) =>
        await identity.FindAsync(username, cancellationToken) is { } found ? await KeepAsync(found.Id, found.Username, found.DisplayName, cancellationToken) : null;

    /// <summary>Whether there is such a person. Identity is asked only for those of whom nothing is known here.</summary>
    public async Task<bool> ExistsAsync(Guid user, CancellationToken cancellationToken)
    {
        var known = await db.Profiles.Where(profile => profile.Id == user).Select(profile => (bool?)profile.Deleted).SingleOrDefaultAsync(cancellationToken);
        if (known is { } deleted)
            return !deleted;
        if (await identity.FindAsync(user, cancellationToken) is not { } found)
            return false;
        await KeepAsync(found.Id, found.Username, found.DisplayName, cancellationToken);
        return true;
    }

    /// <summary>Keeps a row for the caller, before the transaction that locks it.</summary>
    public Task AdmitAsync(Caller caller, CancellationToken cancellationToken) => KeepAsync(caller.Id, caller.Username, caller.DisplayName, cancellationToken);

    private async Task<Guid> KeepAsync(Guid user, string username, string displayName, CancellationToken cancellationToken)
    {
        await db.Database.ExecuteSqlAsync(
            $"insert into profiles (id, username, display_name) values ({user}, {username}, {displayName}) on conflict (id) do nothing", cancellationToken);
        return user;
    }
}
