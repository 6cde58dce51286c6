using Chat.Servers.Channels;
using Chat.Servers.Roles;
using Chat.Servers.Servers;
using static Chat.Contracts.Permissions;

namespace Chat.Servers.Templates;

/// <summary>A template that is always there.</summary>
/// <param name="Code">Shorter than any code that is given to a saved one.</param>
internal sealed record BuiltInTemplate(string Code, string Name, string Description, ServerStructure Structure);

/// <summary>The templates that are always there.</summary>
internal static class BuiltInTemplates
{
    // Places in the list of roles: guest, member, the template's own, moderator, admin, owner.
    private const int GuestRole = 0, MemberRole = 1, OwnRole = 2;

    private static readonly StructureOverride[] ReadOnly = [new(GuestRole, None, SendMessages), new(MemberRole, None, SendMessages)];
    private static readonly StructureOverride[] OwnRoleOnly = [new(OwnRole, ViewChannel, None)];

    public static readonly IReadOnlyList<BuiltInTemplate> Every =
    [
        new(
            "gaming", "Gaming", "Find people to play with, and talk while you do.",
            With(
                ServerCategory.Gaming,
                Own("Raid leader", 0xE67E22, MentionEveryone | ManageThreads),
                ["Information", "Lobby", "Voice"],
                [
                    new("rules", Channel.Text, 0, "How we treat each other.", Overrides: ReadOnly),
                    new("announcements", Channel.Announcement, 0, Overrides: ReadOnly),
                    new("general", Channel.Text, 1),
                    new("looking-for-group", Channel.Text, 1, "Game, time, how many.", SlowMode: 30),
                    new("clips", Channel.Text, 1, "Show your best moments."),
                    new("raid-planning", Channel.Text, 1, Private: true, Overrides: OwnRoleOnly),
                    new("Lobby", Channel.Voice, 2),
                    new("Squad 1", Channel.Voice, 2),
                    new("Squad 2", Channel.Voice, 2),
                    new("Watch party", Channel.Video, 2),
                ])),
        new(
            "study", "Study group", "Learn together: questions, notes, quiet rooms.",
            With(
                ServerCategory.Education,
                Own("Tutor", 0x3498DB, ManageMessages | ManageThreads | MentionEveryone),
                ["Start here", "Courses", "Rooms"],
                [
                    new("welcome", Channel.Text, 0, Overrides: ReadOnly),
                    new("general", Channel.Text, 0),
                    new("deadlines", Channel.Announcement, 0, "What is due, and when.", Overrides: ReadOnly),
                    new("questions", Channel.Text, 1, "One question, one thread."),
                    new("notes", Channel.Text, 1, "Summaries and links."),
                    new("tutors", Channel.Text, 1, Private: true, Overrides: OwnRoleOnly),
                    new("Quiet room", Channel.Voice, 2),
                    new("Group work", Channel.Video, 2),
                ])),
        new(
            "community", "Community", "For everybody who shares an interest: news, talk, events.",
            With(
                ServerCategory.Community,
                Own("Host", 0x2ECC71, MentionEveryone | ManageThreads),
                ["Information", "Talk", "Events"],
                [
                    new("rules", Channel.Text, 0, Overrides: ReadOnly),
                    new("news", Channel.Announcement, 0, Overrides: ReadOnly),
                    new("introductions", Channel.Text, 1, "Say hello.", SlowMode: 60),
                    new("general", Channel.Text, 1),
                    new("off-topic", Channel.Text, 1),
                    new("event-planning", Channel.Text, 2, Private: true, Overrides: OwnRoleOnly),
                    new("Stage", Channel.Voice, 2),
                    new("Hangout", Channel.Video, 2),
                ])),
        new(
            "team", "Team", "Work in one place: projects, decisions, meetings.",
            With(
                ServerCategory.Business,
                Own("Lead", 0x9B59B6, ManageChannels | ManageMessages | MentionEveryone),
                ["Company", "Projects", "Meetings"],
                [
                    new("announcements", Channel.Announcement, 0, Overrides: ReadOnly),
                    new("general", Channel.Text, 0),
                    new("help", Channel.Text, 0, "Stuck? Ask."),
                    new("project", Channel.Text, 1, "Rename me, or make one for each."),
                    new("decisions", Channel.Text, 1, "What was decided, and why."),
                    new("leads", Channel.Text, 1, Private: true, Overrides: OwnRoleOnly),
                    new("Daily", Channel.Video, 2),
                    new("Meeting room", Channel.Video, 2),
                ])),
    ];

    /// <summary>Null when there is none of this code.</summary>
    public static BuiltInTemplate? Find(string code) => Every.FirstOrDefault(template => template.Code == code);

    private static StructureRole Own(string name, int colour, Contracts.Permissions more) =>
        new(name, null, BuiltInRole.Member.Defaults | more, colour, Hoist: true, Mentionable: true);

    private static ServerStructure With(string category, StructureRole own, IReadOnlyList<string> categories, IReadOnlyList<StructureChannel> channels) => new(
        ServerStructure.CurrentVersion,
        new StructureSettings(null, category, [], BuiltInRole.Member.Code),
        [.. BuiltInRole.Every.Take(OwnRole).Select(StructureRole.Of), own, .. BuiltInRole.Every.Skip(OwnRole).Select(StructureRole.Of)],
        [.. categories.Select(name => new StructureCategory(name))],
        channels);
}
