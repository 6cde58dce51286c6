using Chat.Contracts;
using Chat.Servers.Audit;

namespace Chat.Servers.Servers;

/// <summary>Changes what a server says of itself.</summary>
internal static class ServerEdit
{
    /// <summary>Sets what the checked request has, and says what that altered.</summary>
    public static AuditDifference Apply(ChangeServer request, Server server)
    {
        var altered = new AuditDifference();
        server.Name = altered.Note("name", server.Name, request.Name.Or(server.Name) ?? server.Name);
        server.Description = altered.Note("description", server.Description, request.Description.Or(server.Description));
        server.Public = altered.Note("public", server.Public, request.Public.Or(server.Public));
        server.Category = altered.Note("category", server.Category, request.Category.Or(server.Category) ?? server.Category);
        server.Icon = altered.Note("icon", server.Icon, request.Icon.Or(server.Icon));
        server.Banner = altered.Note("banner", server.Banner, request.Banner.Or(server.Banner));
        server.Newcomers = altered.Note("newcomers", server.Newcomers, request.Newcomers.Or(server.Newcomers) ?? server.Newcomers);
        if (request.Tags.TryGet(out var tags))
        {
            server.Tags = altered.Note("tags", server.Tags, [.. (tags ?? []).OfType<string>()]);
        }

        // A name in links is for servers that anybody may enter.
        server.Vanity = altered.Note("vanity", server.Vanity, server.Public ? server.Vanity : null);
        return altered;
    }

    /// <summary>The event that tells a server as it is now.</summary>
    public static ServerUpdated Updated(this Server server, long rev, DateTimeOffset at) => new()
    {
        Server = server.Id,
        Rev = rev,
        Owner = server.Owner,
        Name = server.Name,
        Description = server.Description,
        Icon = server.Icon,
        Banner = server.Banner,
        Public = server.Public,
        Category = server.Category,
        Tags = server.Tags,
        Vanity = server.Vanity,
        Newcomers = server.Newcomers,
        Archived = server.ArchivedAt is not null,
        At = at,
    };
}
