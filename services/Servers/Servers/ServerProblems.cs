using Chat.ServiceDefaults;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Chat.Servers.Servers;

/// <summary>Refusals that several routes share.</summary>
internal static class ServerProblems
{
    /// <summary>For servers that do not exist and for those the caller is not in.</summary>
    public static ProblemHttpResult NotFound() => Problems.NotFound("server_not_found", "There is no such server.");

    public static ProblemHttpResult TooMany() => Problems.Conflict("too_many_servers", $"You can be in at most {Server.MaxPerUser} servers.");

    public static ProblemHttpResult AccountDeleted() => Problems.Unauthorized("account_deleted", "This account was deleted.");

    public static ProblemHttpResult MissingPermission(Contracts.Permissions needed) =>
        Problems.Create(StatusCodes.Status403Forbidden, "missing_permission", $"This needs the permission {needed}.", ("permission", (long)needed));

    public static ProblemHttpResult OwnerOnly() => Problems.Create(StatusCodes.Status403Forbidden, "owner_only", "Only the owner of the server can do this.");

    /// <summary>What somebody stands level with or below, or has not got themselves, is not theirs to change.</summary>
    public static ProblemHttpResult AboveYou(string what) => Problems.Create(StatusCodes.Status403Forbidden, "above_you", what);

    public static ProblemHttpResult Banned() => Problems.Forbidden("banned", "You are banned from this server.");

    public static ProblemHttpResult Archived() => Problems.Conflict("server_archived", "The server is archived: it can be read, and its owner can reopen it.");
}
