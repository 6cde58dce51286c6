using Chat.Contracts;
using Chat.Servers.Audit;
using Chat.Servers.Changes;
using Chat.Servers.Data;
using Chat.Servers.Servers;
using Chat.ServiceDefaults;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;

namespace Chat.Servers.Channels;

internal static class CategoriesEndpoints
{
    public static void MapCategories(this IEndpointRouteBuilder routes)
    {
        var categories = routes.MapGroup("/api/v1/servers/{server:guid}/categories").WithScopes("servers");
        categories.MapGet("/", ListAsync);
        categories.MapPost("/", CreateAsync);
        categories.MapPatch("/{category:guid}", RenameAsync);
        categories.MapDelete("/{category:guid}", DeleteAsync);
    }

    private static async Task<Results<Ok<Page<CategoryResponse>>, ProblemHttpResult>> ListAsync(Guid server, Caller caller, ServersDb db, TimeProvider time, CancellationToken cancellationToken) =>
        await ServerReader.ReadAsync(db, server, caller.Id, time.GetUtcNow(), cancellationToken) is { } found
            ? TypedResults.Ok(new Page<CategoryResponse>(found.Categories, null))
            : ServerProblems.NotFound();

    private static async Task<Results<Created<CategoryResponse>, ProblemHttpResult>> CreateAsync(
        Guid server, NameCategory request, Caller caller, HttpContext http, [AsParameters] CategoryServices services, CancellationToken cancellationToken)
    {
        if (ChannelFields.Name(request.Name, out var name) is { } error)
        {
            return Problems.Validation(error);
        }

        var (db, acts) = services;
        return await acts.CreateAsync<CategoryResponse>(
            http,
            caller,
            server,
            request,
            new Needs(Permissions.ManageChannels),
            async ct =>
            {
                var present = await db.Categories.Where(row => row.Server == server).Select(row => row.Position).ToListAsync(ct);
                if (present.Count >= Category.MaxPerServer)
                {
                    return ChannelProblems.TooManyCategories();
                }

                var category = new Category { Id = Guid.CreateVersion7(acts.Now), Server = server, Name = name, Position = present.DefaultIfEmpty(-1).Max() + 1 };
                db.Add(category);
                Record(acts, category, new AuditNote(AuditAction.CategoryCreated, category.Id, After: new { category.Name }));
                return new Changed<CategoryResponse>(CategoryResponse.Of(category), $"/api/v1/servers/{server}/categories/{category.Id}");
            },
            cancellationToken);
    }

    private static async Task<Results<Ok<CategoryResponse>, ProblemHttpResult>> RenameAsync(
        Guid server, Guid category, NameCategory request, Caller caller, HttpContext http, [AsParameters] CategoryServices services, CancellationToken cancellationToken)
    {
        if (ChannelFields.Name(request.Name, out var name) is { } error)
        {
            return Problems.Validation(error);
        }

        var (db, acts) = services;
        return await acts.RunAsync<CategoryResponse>(
            http,
            caller,
            server,
            request,
            new Needs(Permissions.ManageChannels),
            async ct =>
            {
                if (await db.Categories.SingleOrDefaultAsync(row => row.Id == category && row.Server == server, ct) is not { } found)
                {
                    return ChannelProblems.CategoryNotFound();
                }

                if (found.Name != name)
                {
                    var before = found.Name;
                    found.Name = name;
                    Record(acts, found, new AuditNote(AuditAction.CategoryUpdated, found.Id, new { Name = before }, new { found.Name }));
                }

                return new Changed<CategoryResponse>(CategoryResponse.Of(found));
            },
            cancellationToken);
    }

    /// <summary>Its channels stay, behind those that have no category.</summary>
    private static Task<Results<NoContent, ProblemHttpResult>> DeleteAsync(
        Guid server, Guid category, Caller caller, HttpContext http, [AsParameters] CategoryServices services, CancellationToken cancellationToken)
    {
        var (db, acts) = services;
        return acts.DoAsync(
            http,
            caller,
            server,
            null,
            new Needs(Permissions.DeleteChannels),
            async ct =>
            {
                if (await db.Categories.SingleOrDefaultAsync(row => row.Id == category && row.Server == server, ct) is not { } found)
                {
                    return ChannelProblems.CategoryNotFound();
                }

                var end = await db.Channels.Where(row => row.Server == server && row.Category == null).MaxAsync(row => (int?)row.Position, ct) ?? -1;
                foreach (var channel in await db.Channels.Where(row => row.Category == category).OrderBy(row => row.Position).ThenBy(row => row.Id).ToListAsync(ct))
                {
                    (channel.Category, channel.Position) = (null, ++end);
                }

                db.Remove(found);
                acts.Record(
                    acts.Delta,
                    lost: null,
                    new AuditNote(AuditAction.CategoryDeleted, category, Before: new { found.Name }),
                    members: 0,
                    new CategoryDeleted { Server = server, Rev = acts.Rev, Category = category, At = acts.Now });
                return Nothing.Done;
            },
            cancellationToken);
    }

    private static void Record(ServerActs acts, Category category, AuditNote audit) =>
        acts.Record(
            acts.Delta,
            lost: null,
            audit,
            members: 0,
            new CategoryChanged { Server = category.Server, Rev = acts.Rev, Category = category.Id, Name = category.Name, At = acts.Now });

    /// <param name="Name">1 to 100 characters.</param>
    private sealed record NameCategory(string? Name = null);

    private sealed record CategoryServices(ServersDb Db, ServerActs Acts);
}
