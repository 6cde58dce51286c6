using Chat.ServiceDefaults;

namespace Chat.Identity.External;

/// <summary><c>POST auth/external/sign-in</c>.</summary>
internal sealed record FinishSignInRequest(string? Code = null, bool Reactivate = false)
{
    private const int MaxCodeLength = 64;

    public IReadOnlyCollection<FieldError> Validate() =>
        Code?.Length > MaxCodeLength ? [new FieldError("code", "too_long", $"At most {MaxCodeLength} characters.")] : [];
}

/// <summary><c>POST auth/external/register</c>.</summary>
internal sealed record ExternalRegisterRequest(string? Username = null, string? DisplayName = null);

/// <summary>A provider that can be used; to somebody who is signed in, also whether a login of it is linked to their account.</summary>
internal sealed record ProviderResponse(string Provider, string Name, bool? Linked);

internal sealed record ProviderList(IReadOnlyList<ProviderResponse> Items);

/// <summary>What is known of somebody who is about to register.</summary>
internal sealed record PendingResponse(string Provider, string Email, string SuggestedUsername, string? DisplayName);
