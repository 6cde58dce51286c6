using Chat.ServiceDefaults.Tokens;

namespace Microsoft.AspNetCore.Builder;

/// <summary>Opens routes to tokens that have a <c>scope</c> claim. Routes that say nothing are closed to them; tokens without the claim are let in as ever.</summary>
public static class ScopeExtensions
{
    /// <summary>GET and HEAD need <c>{area}:read</c>, every other method <c>{area}:write</c>.</summary>
    /// <param name="area">Such as <c>servers</c>.</param>
    public static TBuilder WithScopes<TBuilder>(this TBuilder routes, string area) where TBuilder : IEndpointConventionBuilder =>
        routes.WithMetadata(new RequiredScope($"{area}:read", $"{area}:write"));

    /// <summary>Every method needs this one scope, such as <c>messages:read</c>.</summary>
    public static TBuilder WithScope<TBuilder>(this TBuilder routes, string scope) where TBuilder : IEndpointConventionBuilder =>
        routes.WithMetadata(new RequiredScope(scope, scope));
}
