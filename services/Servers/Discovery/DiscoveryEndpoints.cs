using Chat.Servers.Servers;
using Chat.ServiceDefaults;
using Microsoft.AspNetCore.Http.HttpResults;
using Npgsql;

namespace Chat.Servers.Discovery;

internal static class DiscoveryEndpoints
{
    // Counting a category ends here, whatever its size: the answer costs the same with a million servers.
    private const string MaxCount = "10000";

    /// <summary>$1 categories.</summary>
    internal const string Counts = $"""
        select category, (select count(*) from (select from servers where public and archived_at is null and servers.category = listed.category limit {MaxCount}) counted)::int
        from unnest($1) with ordinality listed (category, place) order by place
        """;

    public static void AddDiscovery(this IHostApplicationBuilder builder) => builder.Services.AddSingleton<DiscoveryQuery>();

    public static void MapDiscovery(this IEndpointRouteBuilder routes)
    {
        var discovery = routes.MapGroup("/api/v1/discovery").WithScopes("servers");
        discovery.MapGet("/", FindAsync);
        discovery.MapGet("/categories", CategoriesAsync);
    }

    private static async Task<Results<Ok<Page<DiscoveredServer>>, ProblemHttpResult>> FindAsync(
        [AsParameters] DiscoveryRequest request, Caller caller, DiscoveryQuery query, CancellationToken cancellationToken)
    {
        if (request.Check(out var search) is { Count: > 0 } errors)
        {
            return Problems.Validation(errors);
        }

        var (items, next) = await query.FindAsync(search, caller.Id, cancellationToken);
        return TypedResults.Ok(new Page<DiscoveredServer>(items, next));
    }

    /// <summary>The fixed list in its order, with how many servers can be found in each.</summary>
    private static async Task<Ok<Page<CategoryCount>>> CategoriesAsync(NpgsqlDataSource source, CancellationToken cancellationToken)
    {
        await using var command = source.CreateCommand(Counts);
        command.Parameters.Add(new() { Value = ServerCategory.Every.ToArray() });
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var counts = new List<CategoryCount>();
        while (await reader.ReadAsync(cancellationToken))
        {
            counts.Add(new CategoryCount(reader.GetString(0), reader.GetInt32(1)));
        }

        return TypedResults.Ok(new Page<CategoryCount>(counts, null));
    }

    /// <param name="Category">One of <see cref="ServerCategory"/>.</param>
    /// <param name="Count">How many public servers are in it; 10,000 stands for that many or more.</param>
    private sealed record CategoryCount(string Category, int Count);
}
