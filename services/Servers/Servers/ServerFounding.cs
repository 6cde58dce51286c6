using Chat.Contracts;
using Chat.Servers.Access;
using Chat.Servers.Changes;
using Chat.Servers.Channels;
using Chat.Servers.Data;
using Chat.Servers.Members;
using Chat.Servers.Roles;
using Chat.ServiceDefaults;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Chat.Servers.Servers;

/// <summary>Creates servers, within the caller's transaction.</summary>
internal sealed class ServerFounding(ServersDb db, ServerChanges changes, TimeProvider time)
{
    private const long FirstRev = 1;

    /// <summary>Creates a server with its roles, its owner as member, and its <c>general</c> channel: all of it is revision 1.</summary>
    public async Task<Results<Created<ServerResponse>, ProblemHttpResult>> CreateAsync(string name, Caller caller, CancellationToken cancellationToken)
    {
        if (!await Memberships.LockAsync(db, caller, cancellationToken))
        {
            return ServerProblems.AccountDeleted();
        }

        if (await Memberships.CountAsync(db, caller.Id, cancellationToken) >= Server.MaxPerUser)
        {
            return ServerProblems.TooMany();
        }

        var now = time.GetUtcNow();
        var server = new Server { Id = Guid.CreateVersion7(), Name = name, Owner = caller.Id, Rev = FirstRev, MemberCount = 1, CreatedAt = now };
        var channel = new Channel { Id = Guid.CreateVersion7(), Server = server.Id, Name = "general", Kind = Channel.Text };
        var roles = BuiltInRole.Every.ToDictionary(builtIn => builtIn, builtIn => builtIn.For(server.Id));
        var owner = new Member
        {
            Server = server.Id,
            User = caller.Id,
            JoinedRev = FirstRev,
            JoinedAt = now,
            Roles = [new MemberRole { Server = server.Id, User = caller.Id, Role = roles[BuiltInRole.Owner].Id }],
        };
        db.Add(server);
        db.Add(channel);
        db.AddRange(roles.Values);
        db.Add(owner);
        changes.Record(
            new ModelDelta(server.Id, FirstRev),
            lost: null,
            new ServerCreated { Server = server.Id, Rev = FirstRev, Owner = caller.Id, Name = name, At = now },
            new ChannelCreated { Server = server.Id, Rev = FirstRev, Channel = channel.Id, Name = channel.Name, Kind = channel.Kind, At = now },
            new MemberJoined { Server = server.Id, Rev = FirstRev, User = caller.Id, At = now });
        await db.SaveChangesAsync(cancellationToken);
        return await ServerReader.ReadAsync(db, server.Id, caller.Id, time.GetUtcNow(), cancellationToken) is { } response
            ? TypedResults.Created($"/api/v1/servers/{server.Id}", response)
            : throw new InvalidOperationException("The server that was just written is not there.");
    }
}
