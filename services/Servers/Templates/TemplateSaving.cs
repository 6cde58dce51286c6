using Chat.Contracts;
using Chat.Servers.Audit;
using Chat.Servers.Changes;
using Chat.Servers.Data;
using Chat.Servers.Servers;
using Chat.ServiceDefaults;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;

namespace Chat.Servers.Templates;

/// <summary>
/// Saves a server's structure as a template. That publishes it, with the names and rights of private channels, to whoever gets the code. The server itself is not changed
/// by it, so its revision stays as it is.
/// </summary>
internal static class TemplateSaving
{
    private static readonly Needs Manager = new(Permissions.ManageServer);

    public static async Task<Results<Created<TemplateResponse>, ProblemHttpResult>> SaveAsync(
        Guid server, SaveTemplate request, Caller caller, HttpContext http, ServersDb db, ServerActs acts, CancellationToken cancellationToken)
    {
        var errors = new List<FieldError>();
        errors.AddWhere(PlainText.Check("name", request.Name, 1, Template.MaxNameLength, out var name));
        errors.AddWhere(CheckDescription(request.Description, out var description));
        if (errors.Count > 0)
        {
            return Problems.Validation(errors);
        }

        return await acts.CreateAsync<TemplateResponse>(
            http,
            caller,
            server,
            request,
            Manager,
            async ct =>
            {
                if (await db.Templates.CountAsync(template => template.Server == server, ct) >= Template.MaxPerServer)
                {
                    return Problems.Conflict("too_many_templates", $"A server can have at most {Template.MaxPerServer} templates.");
                }

                var structure = await StructureReader.ReadAsync(db, acts.Server, acts.Actor.Standing, ct);
                var template = new Template
                {
                    Code = TemplateCode.New(),
                    Server = server,
                    Name = name,
                    Description = description,
                    CreatedBy = caller.Id,
                    Structure = StructureJson.Write(structure),
                    CreatedAt = acts.Now,
                    UpdatedAt = acts.Now,
                };
                db.Add(template);
                acts.Note(new AuditNote(AuditAction.TemplateSaved, After: new { Code = TemplateCode.Shown(template.Code), template.Name }));
                return new Changed<TemplateResponse>(new TemplateResponse(TemplateSummary.Of(template), structure), $"/api/v1/templates/{template.Code}");
            },
            cancellationToken);
    }

    public static async Task<Results<Ok<TemplateResponse>, ProblemHttpResult>> ResaveAsync(
        Guid server, string code, ResaveTemplate request, Caller caller, HttpContext http, ServersDb db, ServerActs acts, CancellationToken cancellationToken)
    {
        var errors = new List<FieldError>();
        var (name, description) = ("", (string?)null);
        if (request.Name.TryGet(out var otherName))
        {
            errors.AddWhere(PlainText.Check("name", otherName, 1, Template.MaxNameLength, out name));
        }

        if (request.Description.TryGet(out var otherDescription))
        {
            errors.AddWhere(CheckDescription(otherDescription, out description));
        }

        if (errors.Count > 0)
        {
            return Problems.Validation(errors);
        }

        return await acts.RunAsync<TemplateResponse>(
            http,
            caller,
            server,
            request,
            Manager,
            async ct =>
            {
                if (await db.Templates.SingleOrDefaultAsync(row => row.Code == code && row.Server == server, ct) is not { } template)
                {
                    return TemplatesEndpoints.NotFound();
                }

                var altered = new AuditDifference();
                altered.Name("code", TemplateCode.Shown(template.Code));
                template.Name = altered.Note("name", template.Name, request.Name.IsSet ? name : template.Name);
                template.Description = altered.Note("description", template.Description, request.Description.IsSet ? description : template.Description);
                var structure = await StructureReader.ReadAsync(db, acts.Server, acts.Actor.Standing, ct);
                template.Structure = StructureJson.Write(structure);
                altered.Note("updatedAt", template.UpdatedAt, acts.Now);
                template.UpdatedAt = acts.Now;
                acts.Note(altered.As(AuditAction.TemplateSaved));
                return new Changed<TemplateResponse>(new TemplateResponse(TemplateSummary.Of(template), structure));
            },
            cancellationToken);
    }

    public static Task<Results<NoContent, ProblemHttpResult>> DeleteAsync(
        Guid server, string code, Caller caller, HttpContext http, ServersDb db, ServerActs acts, CancellationToken cancellationToken) =>
        acts.DoAsync(
            http,
            caller,
            server,
            null,
            Manager,
            async ct =>
            {
                if (await db.Templates.SingleOrDefaultAsync(row => row.Code == code && row.Server == server, ct) is not { } template)
                {
                    return TemplatesEndpoints.NotFound();
                }

                db.Remove(template);
                acts.Note(new AuditNote(AuditAction.TemplateDeleted, Before: new { Code = TemplateCode.Shown(template.Code), template.Name }));
                return Nothing.Done;
            },
            cancellationToken);

    private static FieldError? CheckDescription(string? input, out string? description)
    {
        var error = PlainText.Check("description", input ?? "", 0, Template.MaxDescriptionLength, out var text, lines: true);
        description = text.Length == 0 ? null : text;
        return error;
    }
}
