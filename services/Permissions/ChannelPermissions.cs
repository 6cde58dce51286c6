using System.Diagnostics.Metrics;
using Microsoft.Extensions.Logging;
using StackExchange.Redis;

namespace Chat.Access;

internal sealed class ChannelPermissions(
    PermissionModelReader model, AudienceReader audiences, ServersClient servers, ChannelPermissionsMetrics metrics, ILogger<ChannelPermissions> logger,
    ConversationsClient? conversations = null) : IChannelPermissions
{
    public async ValueTask<ChannelAccess?> GetAsync(Guid channel, Guid user, CancellationToken cancellationToken)
    {
        var answer = (await ReadAsync([channel], user, cancellationToken))[0];
        if (answer.Known)
        {
            return answer.Access;
        }

        // Mostly a conversation or a thread: every server's channel is in the model while Redis has it.
        return !answer.OfServer && conversations is not null && await conversations.GetAsync(channel, user, cancellationToken) is { } access
            ? access
            : await servers.GetAsync(channel, user, cancellationToken);
    }

    public async ValueTask<IReadOnlyDictionary<Guid, ChannelAccess>> GetManyAsync(IReadOnlyCollection<Guid> channels, Guid user, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(channels.Count, ChannelPermissionsLimits.MaxChannels);
        var visible = new Dictionary<Guid, ChannelAccess>(channels.Count);
        var (unknown, foreign) = (new List<Guid>(), new List<Guid>());
        foreach (var chunk in channels.Chunk(PermissionModelReader.ChannelsPerCall))
        {
            var answers = await ReadAsync(chunk, user, cancellationToken);
            foreach (var (channel, answer) in chunk.Zip(answers))
            {
                if (!answer.Known)
                {
                    (answer.OfServer || conversations is null ? unknown : foreign).Add(channel);
                }
                else if (answer.Access is { } access)
                {
                    visible[channel] = access;
                }
            }
        }

        if (foreign.Count > 0 && conversations is not null)
        {
            foreach (var answer in await conversations.GetManyAsync(foreign, user, cancellationToken))
            {
                visible[answer.Channel] = answer.ToAccess();
            }

            unknown.AddRange(foreign.Where(channel => !visible.ContainsKey(channel)));
        }

        if (unknown.Count > 0)
        {
            foreach (var answer in await servers.GetManyAsync(unknown, user, cancellationToken))
            {
                visible[answer.Channel] = answer.ToAccess();
            }
        }

        return visible;
    }

    public async ValueTask<ChannelAudience> AudienceAsync(
        Guid channel, IReadOnlyCollection<Guid> users, IReadOnlyCollection<Guid> roles, CancellationToken cancellationToken)
    {
        Guid[] concerned = [.. users.Distinct()], named = [.. roles.Distinct()];
        ArgumentOutOfRangeException.ThrowIfGreaterThan(concerned.Length, ChannelPermissionsLimits.MaxAudience, nameof(users));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(named.Length, ChannelPermissionsLimits.MaxAudience, nameof(roles));
        if (concerned.Length + named.Length == 0)
        {
            return ChannelAudience.Nobody;
        }

        var known = await TryAsync(() => audiences.ReadAsync(channel, concerned, named, cancellationToken));
        metrics.Count(known is null ? 0 : 1, of: 1);
        return known ?? await servers.AudienceAsync(channel, new AudienceQuestion(concerned, named), cancellationToken);
    }

    private async Task<ModelAnswer[]> ReadAsync(Guid[] channels, Guid user, CancellationToken cancellationToken)
    {
        var answers = await TryAsync<ModelAnswer[]>(async () => await model.ReadAsync(channels, user, cancellationToken)) ?? new ModelAnswer[channels.Length];
        metrics.Count(answers.Count(answer => answer.Known), answers.Length);
        return answers;
    }

    /// <summary>What Redis says; null when it is away.</summary>
    private async Task<T?> TryAsync<T>(Func<Task<T?>> read) where T : class
    {
        try
        {
            return await read();
        }
        catch (Exception exception) when (exception is RedisException or TimeoutException)
        {
            logger.LogDebug("The permission model cannot be read, asking servers: {Reason}", exception.Message);
            return null;
        }
    }
}

/// <summary>How many channels were answered by Redis and how many needed the servers service.</summary>
internal sealed class ChannelPermissionsMetrics
{
    private readonly Counter<long> _lookups;

    public ChannelPermissionsMetrics(IMeterFactory meters) =>
        _lookups = meters.Create("Chat.Permissions").CreateCounter<long>("chat.permissions.lookups", "{channel}", "Channels looked up, by who could answer.");

    /// <param name="known">How many Redis could tell of.</param>
    /// <param name="of">How many were looked up.</param>
    public void Count(int known, int of)
    {
        Add(known, "redis");
        Add(of - known, "servers");
    }

    private void Add(int count, string by)
    {
        if (count > 0)
        {
            _lookups.Add(count, new KeyValuePair<string, object?>("answered.by", by));
        }
    }
}
