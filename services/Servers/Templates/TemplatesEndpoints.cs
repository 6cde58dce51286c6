using Chat.Access;
using Chat.Servers.Data;
using Chat.Servers.Members;
using Chat.Servers.Servers;
using Chat.ServiceDefaults;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;

namespace Chat.Servers.Templates;

internal static class TemplatesEndpoints
{
    public static void AddTemplates(this IHostApplicationBuilder builder) => builder.Services.AddScoped<TemplateUse>();

    public static void MapTemplates(this IEndpointRouteBuilder routes)
    {
        var ofServer = routes.MapGroup("/api/v1/servers/{server:guid}/templates").WithScopes("servers");
        ofServer.MapPost("/", TemplateSaving.SaveAsync);
        ofServer.MapGet("/", ListAsync);
        ofServer.MapPut("/{code}", TemplateSaving.ResaveAsync);
        ofServer.MapDelete("/{code}", TemplateSaving.DeleteAsync);

        var templates = routes.MapGroup("/api/v1/templates").WithScopes("servers");
        templates.MapGet("/", BuiltIn);
        templates.MapGet("/{code}", PreviewAsync);
    }

    public static ProblemHttpResult NotFound() => Problems.NotFound("template_not_found", "There is no such template.");

    /// <summary>All of a server's, oldest first: at most <see cref="Template.MaxPerServer"/>, so there is one page. A code is worth the whole structure, so not every member sees them.</summary>
    private static async Task<Results<Ok<Page<TemplateSummary>>, ProblemHttpResult>> ListAsync(
        Guid server, Caller caller, ServersDb db, TimeProvider time, CancellationToken cancellationToken)
    {
        if (await Memberships.StandingAsync(db, server, caller.Id, time.GetUtcNow(), cancellationToken) is not { } member)
        {
            return ServerProblems.NotFound();
        }

        // Looking at them is no change: it is allowed in an archived server too.
        if (!EffectivePermissions.InServer(member.Standing with { Archived = false }).HasFlag(Contracts.Permissions.ManageServer))
        {
            return ServerProblems.MissingPermission(Contracts.Permissions.ManageServer);
        }

        var found = await db.Templates.AsNoTracking()
            .Where(template => template.Server == server)
            .OrderBy(template => template.CreatedAt).ThenBy(template => template.Code)
            .Select(template => new TemplateSummary(
                template.Code, template.Name, template.Description, false, template.Server, template.CreatedBy, template.Uses, template.CreatedAt, template.UpdatedAt))
            .ToListAsync(cancellationToken);
        return TypedResults.Ok(new Page<TemplateSummary>(found, null));
    }

    /// <summary>The built-in ones: few, so there is one page.</summary>
    private static Ok<Page<TemplateSummary>> BuiltIn() => TypedResults.Ok(new Page<TemplateSummary>([.. BuiltInTemplates.Every.Select(TemplateSummary.Of)], null));

    /// <summary>What a template would make, for whoever has its code.</summary>
    private static async Task<Results<Ok<TemplateResponse>, ProblemHttpResult>> PreviewAsync(string code, ServersDb db, CancellationToken cancellationToken)
    {
        if (BuiltInTemplates.Find(code) is { } builtIn)
        {
            return TypedResults.Ok(new TemplateResponse(TemplateSummary.Of(builtIn), builtIn.Structure));
        }

        if (!TemplateCode.IsWellFormed(code) || await db.Templates.AsNoTracking().SingleOrDefaultAsync(row => row.Code == code, cancellationToken) is not { } template)
        {
            return NotFound();
        }

        return StructureJson.Read(template.Structure) is { } structure
            ? TypedResults.Ok(new TemplateResponse(TemplateSummary.Of(template), structure))
            : Problems.Conflict("template_unusable", "This template cannot be used any more. Save it anew.");
    }
}
