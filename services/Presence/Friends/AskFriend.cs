using Chat.ServiceDefaults;

namespace Chat.Presence.Friends;

/// <summary>Who is asked: by user name, in whatever case, or by id. One of the two.</summary>
internal sealed record AskFriend(string? Username = null, Guid? User = null)
{
    private const int MinLength = 2;
    private const int MaxLength = 32;

    public List<FieldError> Check()
    {
        if (User is not null)
            return Username is null ? [] : [new FieldError("user", "ambiguous", "A user name or an id, not both.")];
        if (string.IsNullOrEmpty(Username))
            return [new FieldError("username", "required", "The user name of whom to ask.")];
        return Username.Length is < MinLength or > MaxLength || !Username.All(character => char.IsAsciiLetterOrDigit(character) || character is '_' or '.')
            ? [new FieldError("username", "invalid", $"A user name is {MinLength} to {MaxLength} of the letters a to z, digits, _ and full stops.")]
            : [];
    }
}
