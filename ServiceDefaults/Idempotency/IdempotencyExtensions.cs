using Chat.ServiceDefaults.Idempotency;
using Microsoft.Extensions.DependencyInjection;

namespace Microsoft.Extensions.Hosting;

/// <summary>Registers what idempotency keys need in the background.</summary>
public static class IdempotencyExtensions
{
    /// <summary>Removes expired keys. Needs <c>AddNpgsqlDbContext</c> and a model with <c>AddIdempotencyKeys()</c>.</summary>
    public static void AddIdempotencyKeys(this IHostApplicationBuilder builder) => builder.Services.AddHostedService<IdempotencyKeyCleanup>();
}
