namespace Chat.Servers.Templates;

/// <summary>A template in a list.</summary>
/// <param name="Description">Absent when it has none.</param>
/// <param name="Server">The server it was saved from; absent for a built-in one.</param>
/// <param name="CreatedBy">Who saved it first; absent for a built-in one.</param>
/// <param name="Uses">How many servers were created from it; absent for a built-in one.</param>
/// <param name="CreatedAt">Absent for a built-in one.</param>
/// <param name="UpdatedAt">When it was last saved; absent for a built-in one.</param>
internal sealed record TemplateSummary(
    string Code, string Name, string? Description, bool BuiltIn, Guid? Server, Guid? CreatedBy, int? Uses, DateTimeOffset? CreatedAt, DateTimeOffset? UpdatedAt)
{
    public static TemplateSummary Of(Template template) => new(
        template.Code, template.Name, template.Description, false, template.Server, template.CreatedBy, template.Uses, template.CreatedAt, template.UpdatedAt);

    public static TemplateSummary Of(BuiltInTemplate template) => new(template.Code, template.Name, template.Description, true, null, null, null, null, null);
}

/// <summary>A template with what a server created from it will be like.</summary>
internal sealed record TemplateResponse(TemplateSummary Template, ServerStructure Structure);

/// <param name="Name">1 to 100 characters.</param>
/// <param name="Description">Up to 200 characters; empty: none.</param>
internal sealed record SaveTemplate(string? Name = null, string? Description = null);

/// <summary>Saves a template anew from the server as it is now.</summary>
/// <param name="Name">Another name; absent: the same.</param>
/// <param name="Description">Another description, null or empty for none; absent: the same.</param>
internal sealed record ResaveTemplate(ServiceDefaults.Json.Optional<string?> Name = default, ServiceDefaults.Json.Optional<string?> Description = default);
