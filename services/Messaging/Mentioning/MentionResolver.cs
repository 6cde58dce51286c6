using Chat.Access;
using Chat.Contracts;
using Chat.Messaging.Messages;
using Chat.ServiceDefaults;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Chat.Messaging.Mentioning;

/// <summary>
/// Decides whom a text mentions: users who can see the channel, roles that let themselves be mentioned or whose mention the author is allowed, and everybody where the author may
/// (<see cref="Permissions.MentionEveryone"/>). What is not allowed is text and nothing more. Asks nobody when the text names nobody.
/// </summary>
internal sealed class MentionResolver(IChannelPermissions permissions)
{
    /// <param name="access">The author's.</param>
    public async ValueTask<ResolvedMentions> ResolveAsync(Guid channel, ChannelAccess access, string text, CancellationToken cancellationToken)
    {
        var named = MentionText.Find(text);
        if (!named.Any)
            return ResolvedMentions.None;
        if (named.TooMany)
        {
            return new ResolvedMentions(null, [], Problems.Validation(
                new FieldError("content", "too_many_mentions", $"A message mentions at most {MentionText.Max} users, as many roles and as many channels.")));
        }

        var all = access.Allows(Permissions.MentionEveryone);
        var audience = named.Users.Count + named.Roles.Count > 0
            ? await permissions.AudienceAsync(channel, named.Users, named.Roles, cancellationToken)
            : ChannelAudience.Nobody;
        var users = audience.Users;
        var roles = audience.Roles.Where(role => all || role.Mentionable).Select(role => role.Id).ToArray();
        var (everyone, here) = (named.Everyone && all, named.Here && all);
        Guid[] targets = [.. users, .. roles, .. everyone || here ? [channel] : Array.Empty<Guid>()];
        var mentions = targets.Length + named.Channels.Count == 0 ? null : new Mentions(
            users.Count == 0 ? null : users, roles is [] ? null : roles, named.Channels is [] ? null : named.Channels, everyone ? true : null, here ? true : null);
        return new ResolvedMentions(mentions, targets, null);
    }
}

/// <summary>Whom a text mentions.</summary>
/// <param name="Mentions">As the message says it; null: nobody and nothing.</param>
/// <param name="Targets">Who is told: users, roles, and the channel itself for everybody in it.</param>
/// <param name="Problem">Why the text cannot be sent.</param>
internal sealed record ResolvedMentions(Mentions? Mentions, IReadOnlyList<Guid> Targets, ProblemHttpResult? Problem)
{
    public static ResolvedMentions None { get; } = new(null, [], null);
}
