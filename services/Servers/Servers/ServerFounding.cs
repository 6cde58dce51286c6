using Chat.Contracts;
using Chat.Servers.Access;
using Chat.Servers.Changes;
using Chat.Servers.Channels;
using Chat.Servers.Data;
using Chat.Servers.Members;
using Chat.Servers.Roles;
using Chat.Servers.Templates;
using Chat.ServiceDefaults;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Chat.Servers.Servers;

/// <summary>Creates servers, within the caller's transaction.</summary>
internal sealed class ServerFounding(ServersDb db, ServerChanges changes, TemplateUse templates, TimeProvider time)
{
    private const long FirstRev = 1;

    /// <summary>Creates a server with its roles and channels and its owner as member: all of it is revision 1.</summary>
    /// <param name="request">Checked.</param>
    /// <param name="caller">Who is to own it.</param>
    public async Task<Results<Created<ServerResponse>, ProblemHttpResult>> CreateAsync(CreateServer request, Caller caller, CancellationToken cancellationToken)
    {
        if (!await Memberships.LockAsync(db, caller, cancellationToken))
        {
            return ServerProblems.AccountDeleted();
        }

        if (await Memberships.CountAsync(db, caller.Id, cancellationToken) >= Server.MaxPerUser)
        {
            return ServerProblems.TooMany();
        }

        var (structure, error) = await templates.TakeAsync(request.Template, cancellationToken);
        if (structure is null)
        {
            return Problems.Validation(error ?? throw new InvalidOperationException("Neither a structure nor what is wrong with it."));
        }

        var now = time.GetUtcNow();
        var server = Found(request, structure.Settings, caller.Id, now);
        var channels = Furnish(server, structure, now);
        changes.Record(
            new ModelDelta(server.Id, FirstRev),
            lost: null,
            [
                new ServerCreated { Server = server.Id, Rev = FirstRev, Owner = caller.Id, Name = server.Name, At = now },
                .. channels,
                new MemberJoined { Server = server.Id, Rev = FirstRev, User = caller.Id, WelcomeChannel = channels.Find(IsWelcoming)?.Channel, At = now },
            ]);
        await db.SaveChangesAsync(cancellationToken);
        return await ServerReader.ReadAsync(db, server.Id, caller.Id, time.GetUtcNow(), cancellationToken) is { } response
            ? TypedResults.Created($"/api/v1/servers/{server.Id}", response)
            : throw new InvalidOperationException("The server that was just written is not there.");
    }

    private static bool IsWelcoming(ChannelCreated channel) => channel is { Kind: Channel.Text, Private: false };

    private Server Found(CreateServer request, StructureSettings settings, Guid owner, DateTimeOffset now)
    {
        var server = new Server
        {
            Id = Guid.CreateVersion7(),
            Name = request.Name ?? throw new ArgumentException("The request has no name.", nameof(request)),
            Description = request.Description is null ? settings.Description : request.Description.Length == 0 ? null : request.Description,
            Public = request.Public ?? false,
            Category = request.Category ?? settings.Category,
            Tags = [.. (request.Tags ?? settings.Tags).OfType<string>()],
            Icon = request.Icon,
            Banner = request.Banner,
            Newcomers = request.Newcomers ?? settings.Newcomers,
            Owner = owner,
            Rev = FirstRev,
            MemberCount = 1,
            CreatedAt = now,
        };
        db.Add(server);
        return server;
    }

    /// <summary>Adds roles, the owner as member, categories and channels.</summary>
    /// <returns>The events of the channels, in the order of the list.</returns>
    private List<ChannelCreated> Furnish(Server server, ServerStructure structure, DateTimeOffset now)
    {
        var roles = structure.Roles.Index().Select(entry => new Role
        {
            Id = Guid.CreateVersion7(),
            Server = server.Id,
            Name = entry.Item.Name,
            BuiltIn = entry.Item.BuiltIn,
            Position = entry.Index,
            Permissions = entry.Item.Permissions,
            Colour = entry.Item.Colour,
            Hoist = entry.Item.Hoist,
            Mentionable = entry.Item.Mentionable,
        }).ToList();
        var owns = new MemberRole { Server = server.Id, User = server.Owner, Role = roles.Single(role => role.BuiltIn == BuiltInRole.Owner.Code).Id };
        var categories = structure.Categories.Index()
            .Select(entry => new Category { Id = Guid.CreateVersion7(), Server = server.Id, Name = entry.Item.Name, Position = entry.Index })
            .ToList();
        db.AddRange(roles);
        db.AddRange(categories);
        db.Add(new Member { Server = server.Id, User = server.Owner, JoinedRev = FirstRev, JoinedAt = now, Roles = [owns] });

        var events = new List<ChannelCreated>();
        foreach (var within in structure.Channels.GroupBy(channel => channel.Category).OrderBy(within => within.Key ?? -1))
        {
            foreach (var (position, planned) in within.Index())
            {
                var channel = new Channel
                {
                    Id = Guid.CreateVersion7(),
                    Server = server.Id,
                    Name = planned.Name,
                    Kind = planned.Kind,
                    Category = within.Key is { } category ? categories[category].Id : null,
                    Topic = planned.Topic,
                    SlowMode = planned.SlowMode,
                    Private = planned.Private,
                    Position = position,
                };
                db.Add(channel);
                db.AddRange((planned.Overrides ?? []).Select(one => new ChannelOverrideRow
                {
                    Channel = channel.Id,
                    Target = roles[one.Role].Id,
                    OfRole = true,
                    Allow = one.Allow,
                    Deny = one.Deny,
                }));
                events.Add(new ChannelCreated
                {
                    Server = server.Id,
                    Rev = FirstRev,
                    Channel = channel.Id,
                    Name = channel.Name,
                    Kind = channel.Kind,
                    Category = channel.Category,
                    Private = channel.Private,
                    Topic = channel.Topic,
                    SlowMode = channel.SlowMode,
                    At = now,
                });
            }
        }

        return events;
    }
}
