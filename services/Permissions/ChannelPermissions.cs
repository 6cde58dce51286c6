using System.Diagnostics.Metrics;
using Microsoft.Extensions.Logging;
using StackExchange.Redis;

namespace Chat.Access;

internal sealed class ChannelPermissions(PermissionModelReader model, ServersClient servers, ChannelPermissionsMetrics metrics, ILogger<ChannelPermissions> logger) : IChannelPermissions
{
    public async ValueTask<ChannelAccess?> GetAsync(Guid channel, Guid user, CancellationToken cancellationToken)
    {
        var answer = (await ReadAsync([channel], user, cancellationToken))[0];
        return answer.Known ? answer.Access : await servers.GetAsync(channel, user, cancellationToken);
    }

    public async ValueTask<IReadOnlyDictionary<Guid, ChannelAccess>> GetManyAsync(IReadOnlyCollection<Guid> channels, Guid user, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(channels.Count, ChannelPermissionsLimits.MaxChannels);
        var visible = new Dictionary<Guid, ChannelAccess>(channels.Count);
        var unknown = new List<Guid>();
        foreach (var chunk in channels.Chunk(PermissionModelReader.ChannelsPerCall))
        {
            var answers = await ReadAsync(chunk, user, cancellationToken);
            foreach (var (channel, answer) in chunk.Zip(answers))
            {
                if (!answer.Known)
                {
                    unknown.Add(channel);
                }
                else if (answer.Access is { } access)
                {
                    visible[channel] = access;
                }
            }
        }

        if (unknown.Count > 0)
        {
            foreach (var answer in await servers.GetManyAsync(unknown, user, cancellationToken))
            {
                visible[answer.Channel] = new ChannelAccess(answer.Server, answer.Permissions, answer.Rev);
            }
        }

        return visible;
    }

    private async Task<ModelAnswer[]> ReadAsync(Guid[] channels, Guid user, CancellationToken cancellationToken)
    {
        try
        {
            var answers = await model.ReadAsync(channels, user, cancellationToken);
            metrics.Count(answers);
            return answers;
        }
        catch (Exception exception) when (exception is RedisException or TimeoutException)
        {
            logger.LogDebug("The permission model cannot be read, asking servers: {Reason}", exception.Message);
            var answers = new ModelAnswer[channels.Length];
            metrics.Count(answers);
            return answers;
        }
    }
}

/// <summary>How many channels were answered by Redis and how many needed the servers service.</summary>
internal sealed class ChannelPermissionsMetrics
{
    private readonly Counter<long> _lookups;

    public ChannelPermissionsMetrics(IMeterFactory meters) =>
        _lookups = meters.Create("Chat.Permissions").CreateCounter<long>("chat.permissions.lookups", "{channel}", "Channels looked up, by who could answer.");

    public void Count(ModelAnswer[] answers)
    {
        var known = answers.Count(answer => answer.Known);
        Add(known, "redis");
        Add(answers.Length - known, "servers");
    }

    private void Add(int count, string by)
    {
        if (count > 0)
        {
            _lookups.Add(count, new KeyValuePair<string, object?>("answered.by", by));
        }
    }
}
