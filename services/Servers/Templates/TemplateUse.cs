using Chat.Servers.Data;
using Chat.ServiceDefaults;
using Microsoft.EntityFrameworkCore;

namespace Chat.Servers.Templates;

/// <summary>Finds what a server is to be created from, within the caller's transaction.</summary>
internal sealed class TemplateUse(ServersDb db)
{
    /// <summary>The structure of a template, which counts as used; without a code the plain one.</summary>
    /// <returns>Either the structure or what is wrong with the code.</returns>
    public async Task<(ServerStructure? Structure, FieldError? Error)> TakeAsync(string? code, CancellationToken cancellationToken)
    {
        if (code is null)
        {
            return (ServerStructure.Plain, null);
        }

        if (BuiltInTemplates.Find(code) is { } builtIn)
        {
            return (builtIn.Structure, null);
        }

        if (!TemplateCode.IsWellFormed(code)
            || await db.Templates.Where(row => row.Code == code)
                .ExecuteUpdateAsync(update => update.SetProperty(row => row.Uses, row => row.Uses + 1), cancellationToken) == 0)
        {
            return (null, new FieldError("template", "unknown", "There is no such template."));
        }

        var stored = await db.Templates.Where(row => row.Code == code).Select(row => row.Structure).SingleAsync(cancellationToken);
        return StructureJson.Read(stored) is { } structure
            ? (structure, null)
            : (null, new FieldError("template", "unusable", "This template cannot be used any more. Save it anew."));
    }
}
