using Chat.Identity.Accounts;
using Chat.Identity.Proof;
using Chat.ServiceDefaults;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Chat.Identity.Administration;

internal static class AdminActsEndpoints
{
    public static void MapAdminActs(this IEndpointRouteBuilder admin)
    {
        var user = admin.MapGroup("/users/{id:guid}").RequireFreshProof();
        user.MapPost("/disable", Disable);
        user.MapPost("/enable", Enable);
        user.MapPut("/role", ChangeRole);
        user.MapDelete("/sessions", EndSessions);
        user.MapDelete("/two-factor", RemoveTwoFactor);
    }

    private static Task<Results<NoContent, ProblemHttpResult>> Disable(
        Guid id, ReasonRequest request, Caller caller, HttpContext http, AdminActs acts, CancellationToken cancellation) =>
        ActAsync(id, AuditReason.Parse(request.Reason), caller, http, act => acts.SuspendAsync(act, cancellation));

    private static Task<Results<NoContent, ProblemHttpResult>> Enable(
        Guid id, ReasonRequest request, Caller caller, HttpContext http, AdminActs acts, CancellationToken cancellation) =>
        ActAsync(id, AuditReason.Parse(request.Reason), caller, http, act => acts.RestoreAsync(act, cancellation));

    private static Task<Results<NoContent, ProblemHttpResult>> EndSessions(Guid id, Caller caller, HttpContext http, AdminActs acts, CancellationToken cancellation) =>
        ActAsync(id, AuditReason.FromHeader(http.Request), caller, http, act => acts.EndSessionsAsync(act, cancellation));

    private static Task<Results<NoContent, ProblemHttpResult>> RemoveTwoFactor(Guid id, Caller caller, HttpContext http, AdminActs acts, CancellationToken cancellation) =>
        ActAsync(id, AuditReason.FromHeader(http.Request), caller, http, act => acts.RemoveTwoFactorAsync(act, cancellation));

    private static async Task<Results<NoContent, ProblemHttpResult>> ChangeRole(
        Guid id, RoleRequest request, Caller caller, HttpContext http, AdminActs acts, CancellationToken cancellation)
    {
        PlatformRole? role = request.Role switch
        {
            "user" => PlatformRole.User,
            "admin" => PlatformRole.Admin,
            _ => null,
        };
        var (reason, error) = AuditReason.Parse(request.Reason);
        if (role is null)
        {
            var wrong = request.Role is null ? new FieldError("role", "required", "A role is required.") : new FieldError("role", "invalid", "One of: user, admin.");
            return Problems.Validation(error is null ? [wrong] : [wrong, error]);
        }

        return await ActAsync(id, (reason, error), caller, http, act => acts.ChangeRoleAsync(act, role.Value, cancellation));
    }

    private static async Task<Results<NoContent, ProblemHttpResult>> ActAsync(
        Guid target, (string Text, FieldError? Error) reason, Caller caller, HttpContext http, Func<AdminAct, Task<Results<NoContent, ProblemHttpResult>>> perform) =>
        reason.Error is { } error ? Problems.Validation(error) : await perform(new AdminAct(http, caller, target, reason.Text));
}

internal sealed record ReasonRequest(string? Reason = null);

internal sealed record RoleRequest(string? Role = null, string? Reason = null);
