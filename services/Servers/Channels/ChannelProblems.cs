using Chat.ServiceDefaults;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Chat.Servers.Channels;

/// <summary>Refusals about channels, categories and overrides.</summary>
internal static class ChannelProblems
{
    /// <summary>For channels that do not exist and for those the caller cannot see.</summary>
    public static ProblemHttpResult NotFound() => Problems.NotFound("channel_not_found", "There is no such channel.");

    public static ProblemHttpResult CategoryNotFound() => Problems.NotFound("category_not_found", "There is no such category.");

    public static ProblemHttpResult OverrideNotFound() => Problems.NotFound("override_not_found", "The channel changes nothing for this role or member.");

    public static ProblemHttpResult TooManyChannels() => Problems.Conflict("too_many_channels", $"A server has at most {Channel.MaxPerServer} channels.");

    public static ProblemHttpResult TooManyCategories() => Problems.Conflict("too_many_categories", $"A server has at most {Category.MaxPerServer} categories.");

    public static ProblemHttpResult TooManyOverrides() =>
        Problems.Conflict("too_many_overrides", $"A channel has at most {ChannelOverrideRow.MaxPerChannel} overrides.");

    /// <summary>A field that names a category which is not of this server.</summary>
    public static FieldError NoSuchCategory(string field) => new(field, "not_found", "There is no such category in this server.");

    /// <summary>Slow mode where nobody writes.</summary>
    public static FieldError NoSlowMode { get; } = new("slowMode", "not_applicable", "Only text and announcement channels have a slow mode.");
}
