using System.ComponentModel.DataAnnotations;

namespace Chat.Identity.Sessions;

/// <summary>Configuration section <c>SignIn</c>: how many wrong sign-ins are let through before 429.</summary>
internal sealed class SignInLimits
{
    /// <summary>A minute, for one account from one address.</summary>
    [Range(1, 1_000_000)]
    public int PerAccountAndAddress { get; set; } = 5;

    /// <summary>A minute, from a browser that has signed in to the account before.</summary>
    [Range(1, 1_000_000)]
    public int PerDevice { get; set; } = 10;

    /// <summary>A minute, from one address over all accounts; raise it where many people share one.</summary>
    [Range(1, 1_000_000)]
    public int PerAddress { get; set; } = 60;

    /// <summary>An hour, on one account over all addresses.</summary>
    [Range(1, 1_000_000)]
    public int PerAccount { get; set; } = 100;
}
