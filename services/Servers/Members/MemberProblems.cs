using Chat.Servers.Servers;
using Chat.ServiceDefaults;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Chat.Servers.Members;

/// <summary>Refusals of what is done to members.</summary>
internal static class MemberProblems
{
    public static ProblemHttpResult NotFound() => Problems.NotFound("member_not_found", "There is no such member.");

    public static ProblemHttpResult AboveYou() => ServerProblems.AboveYou("This member does not stand below you.");

    public static ProblemHttpResult UseLeave() => Problems.Conflict("use_leave", "To go yourself, leave the server.");

    public static ProblemHttpResult CannotTimeOut() => Problems.Conflict("cannot_time_out", "A timeout means nothing for the owner and for administrators.");

    public static ProblemHttpResult LastRole() =>
        Problems.Conflict("last_role", "Every member holds a built-in role, and Guest is the lowest.");
}
