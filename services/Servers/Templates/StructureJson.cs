using System.Text.Json;
using Chat.Servers.Channels;
using Chat.Servers.Roles;
using Chat.Servers.Servers;
using Chat.ServiceDefaults;
using Chat.ServiceDefaults.Json;

namespace Chat.Servers.Templates;

/// <summary>Structures in the store. What is read from there is held to the same limits as what people send: it may come from an older build, or from somebody's hand.</summary>
internal static class StructureJson
{
    // Absent members are null or their defaults.
    private static readonly JsonSerializerOptions Lenient = new(JsonDefaults.Options) { RespectRequiredConstructorParameters = false };

    public static string Write(ServerStructure structure) => JsonSerializer.Serialize(structure, JsonDefaults.Options);

    /// <summary>Reads one; null when it is not usable.</summary>
    public static ServerStructure? Read(string json)
    {
        try
        {
            return JsonSerializer.Deserialize<ServerStructure>(json, Lenient) is { } structure && IsValid(structure) ? Limited(structure) : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static bool IsValid(ServerStructure structure) =>
        structure is { Version: ServerStructure.CurrentVersion, Settings: not null, Roles: not null, Categories: not null, Channels: not null }
        && IsValid(structure.Settings)
        && IsValid(structure.Roles)
        && structure.Categories.Count <= Category.MaxPerServer
        && structure.Categories.All(category => category is not null && IsText(category.Name, 1, Category.MaxNameLength))
        && structure.Channels.Count <= Channel.MaxPerServer
        && structure.Channels.All(channel => channel is not null && IsValid(channel, structure));

    private static bool IsValid(StructureSettings settings) =>
        ServerRules.Description(settings.Description, out _) is null
        && ServerRules.Category(settings.Category, out _) is null
        && ServerRules.NewcomersRole(settings.Newcomers, out _) is null
        && settings.Tags is not null
        && ServerTags.Check(settings.Tags, out _).Count == 0;

    private static bool IsValid(IReadOnlyList<StructureRole> roles) =>
        roles.Count <= Role.MaxPerServer
        && roles.All(role => role is not null && IsText(role.Name, 1, Role.MaxNameLength) && role.Colour is null or (>= 0 and <= Role.MaxColour))
        && roles.Where(role => role.BuiltIn is not null).Select(role => role.BuiltIn).Order(StringComparer.Ordinal)
            .SequenceEqual(BuiltInRole.Every.Select(builtIn => builtIn.Code).Order(StringComparer.Ordinal))
        && roles[^1].BuiltIn == BuiltInRole.Owner.Code;

    private static bool IsValid(StructureChannel channel, ServerStructure structure) =>
        IsText(channel.Name, 1, Channel.MaxNameLength)
        && Channel.Kinds.Contains(channel.Kind)
        && (channel.Category is not { } category || (category >= 0 && category < structure.Categories.Count))
        && (channel.Topic is null || IsText(channel.Topic, 1, Channel.MaxTopicLength, lines: true))
        && channel.SlowMode is >= 0 and <= Channel.MaxSlowMode
        && (channel.Overrides is not { } overrides
            || (overrides.Count <= ChannelOverrideRow.MaxPerChannel
                && overrides.All(one => one is not null && one.Role >= 0 && one.Role < structure.Roles.Count && (one.Allow & one.Deny) == 0)
                && overrides.DistinctBy(one => one.Role).Count() == overrides.Count));

    private static bool IsText(string? text, int min, int max, bool lines = false) => PlainText.Check("", text, min, max, out var kept, lines) is null && kept == text;

    /// <summary>Flags that mean nothing here are dropped rather than granted once they do; the owner's role grants everything.</summary>
    private static ServerStructure Limited(ServerStructure structure) => structure with
    {
        Roles = [.. structure.Roles.Select(role => role with
        {
            Permissions = role.BuiltIn == BuiltInRole.Owner.Code ? Contracts.Permissions.All : role.Permissions & Contracts.Permissions.All,
        })],
        Channels = [.. structure.Channels.Select(channel => channel.Overrides is not { } overrides ? channel : channel with
        {
            Overrides = [.. overrides.Select(one => one with { Allow = one.Allow & Contracts.Permissions.OfChannels, Deny = one.Deny & Contracts.Permissions.OfChannels })],
        })],
    };
}
