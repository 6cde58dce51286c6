using Npgsql;

namespace Chat.Identity.Data;

internal static class DatabaseFailures
{
    /// <summary>Whether PostgreSQL is behind it: EF Core and DataProtection wrap its exceptions, each in their own.</summary>
    public static bool IsFromDatabase(this Exception exception)
    {
        for (var current = exception; current is not null; current = current.InnerException)
        {
            if (current is NpgsqlException)
                return true;
        }

        return false;
    }
}
