using System.Net.Sockets;
using Npgsql;
using StackExchange.Redis;

namespace Chat.ServiceDefaults.Errors;

/// <summary>Tells a store that is away from a defect, whatever the exception was wrapped in on its way.</summary>
internal static class StoreTrouble
{
    /// <summary>A store does not answer, or is about to stop.</summary>
    public static bool IsAway(Exception? exception)
    {
        for (var current = exception; current is not null; current = current.InnerException)
        {
            switch (current)
            {
                // 57P01-57P03: the server is shutting down, crashed or starting; 53: out of resources.
                case PostgresException postgres:
                    return postgres.SqlState.StartsWith("57P", StringComparison.Ordinal) || postgres.SqlState.StartsWith("53", StringComparison.Ordinal);
                case NpgsqlException or RedisConnectionException or RedisTimeoutException or SocketException:
                    return true;
            }
        }

        return false;
    }

    /// <summary>Transactions got in each other's way (class 40: a deadlock, say), and PostgreSQL rolled this one back.</summary>
    public static bool IsCollision(Exception exception) =>
        (exception as PostgresException ?? exception.InnerException as PostgresException)?.SqlState.StartsWith("40", StringComparison.Ordinal) is true;

    /// <summary>The same work may well succeed later.</summary>
    public static bool Passes(Exception exception) => IsAway(exception) || IsCollision(exception) || exception is TimeoutException or ServiceUnavailableException;
}
