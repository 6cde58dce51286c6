using Microsoft.AspNetCore.Identity;

namespace Chat.Identity.Accounts;

/// <summary>A person's account. <see cref="IdentityUser{TKey}.UserName"/> is stored in lower case.</summary>
internal sealed class Account : IdentityUser<Guid>
{
    public required string DisplayName { get; set; }

    public required DateTimeOffset CreatedAt { get; init; }
}
