using System.Buffers.Text;
using Chat.Identity.Data;
using Chat.Identity.Limits;
using Chat.Identity.Proof;
using Chat.ServiceDefaults;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;

namespace Chat.Identity.Passkeys;

internal static class PasskeysEndpoints
{
    // WebAuthn, 4: a credential id has 1023 bytes at most.
    private const int MaxIdBytes = 1023;

    private static readonly AttemptLimit Ceremonies = new("passkey:register", 30, TimeSpan.FromMinutes(1));

    public static void MapPasskeys(this IEndpointRouteBuilder routes)
    {
        var passkeys = routes.MapGroup("/auth/passkeys");
        passkeys.MapGet("/", List);
        passkeys.MapPost("/options", Begin).RequireFreshProof();
        passkeys.MapPost("/", Add).RequireFreshProof();
        passkeys.MapPatch("/{id}", Rename);
        passkeys.MapDelete("/{id}", Remove).RequireFreshProof();
    }

    private static async Task<Ok<PasskeyList>> List(Caller caller, PasskeyRing ring, CancellationToken cancellation) =>
        TypedResults.Ok(new PasskeyList(await ring.ListAsync(caller.Id, cancellation)));

    private static async Task<Results<Ok<PasskeyOptionsResponse>, ProblemHttpResult>> Begin(
        Caller caller, HttpContext http, [AsParameters] PasskeyServices services, CancellationToken cancellation)
    {
        if (await services.Attempts.CountAsync(Ceremonies, caller.Id.ToString()) is { } wait)
            return Problems.TooMany("too_many_attempts", "Too many passkeys were begun. Try again later.", wait);
        if (await services.Ring.CountAsync(caller.Id, cancellation) >= PasskeyRing.MostPerAccount)
            return PasskeyRing.TooMany();

        var account = await services.Db.Users.AsNoTracking().SingleOrDefaultAsync(a => a.Id == caller.Id, cancellation);
        return account is null
            ? Problems.NotFound("user_not_found", "This account does not exist any more.")
            : TypedResults.Ok(await services.Ceremonies.BeginRegistrationAsync(http, account, cancellation));
    }

    private static async Task<Results<Created<PasskeyResponse>, ProblemHttpResult>> Add(
        AddPasskeyRequest request, Caller caller, HttpContext http, [AsParameters] PasskeyServices services, CancellationToken cancellation)
    {
        if (request.Validate() is { Count: > 0 } errors)
            return Problems.Validation(errors);

        var (passkey, refusal) = await services.Ceremonies.FinishRegistrationAsync(http, caller.Id, request, cancellation);
        if (passkey is null)
            return refusal ?? throw new InvalidOperationException("A passkey was neither made nor refused.");

        var name = PasskeyName.TryParse(request.Name, out var given) ? given : PasskeyName.Suggest(request, http);
        return await services.Ring.AddAsync(http, caller, passkey, name, request.EndOtherSessions, cancellation);
    }

    private static async Task<Results<Ok<PasskeyResponse>, ProblemHttpResult>> Rename(
        string id, RenamePasskeyRequest request, Caller caller, PasskeyRing ring, CancellationToken cancellation)
    {
        if (!PasskeyName.TryParse(request.Name, out var name))
            return Problems.Validation(string.IsNullOrEmpty(request.Name) ? new FieldError("name", "required", "A name is required.") : PasskeyName.Invalid);

        return ParseId(id) is { } credential && await ring.RenameAsync(caller.Id, credential, name, cancellation) is { } renamed
            ? TypedResults.Ok(renamed)
            : PasskeyRing.NotFound();
    }

    private static async Task<Results<NoContent, ProblemHttpResult>> Remove(
        string id, Caller caller, HttpContext http, PasskeyRing ring, CancellationToken cancellation, bool endOtherSessions = false) =>
        ParseId(id) is { } credential ? await ring.RemoveAsync(http, caller, credential, endOtherSessions, cancellation) : PasskeyRing.NotFound();

    private static byte[]? ParseId(string id) =>
        Base64Url.IsValid(id, out var length) && length is > 0 and <= MaxIdBytes ? Base64Url.DecodeFromChars(id) : null;
}

/// <summary><c>PATCH auth/passkeys/{id}</c>.</summary>
internal sealed record RenamePasskeyRequest(string? Name = null);

internal sealed record PasskeyServices(IdentityDb Db, PasskeyCeremonies Ceremonies, PasskeyRing Ring, Attempts Attempts);
