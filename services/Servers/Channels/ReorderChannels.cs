using Chat.ServiceDefaults;
using Chat.ServiceDefaults.Json;

namespace Chat.Servers.Channels;

/// <summary>
/// An order for channels and categories. Those named come first, in the order named; those not named follow in the order they have. A list that is absent changes nothing.
/// </summary>
/// <param name="Channels">At most 500, each once.</param>
/// <param name="Categories">At most 50, each once.</param>
internal sealed record ReorderChannels(IReadOnlyList<PlacedChannel?>? Channels = null, IReadOnlyList<Guid>? Categories = null)
{
    public IReadOnlyList<FieldError> Check()
    {
        var errors = new List<FieldError>();
        if (Channels?.Count > Channel.MaxPerServer)
        {
            errors.Add(new FieldError("channels", "too_many", $"At most {Channel.MaxPerServer} channels."));
        }
        else
        {
            var seen = new HashSet<Guid>();
            foreach (var (index, placed) in (Channels ?? []).Index())
            {
                if (placed?.Id is not { } id)
                {
                    errors.Add(new FieldError($"channels[{index}].id", "required", "The channel's id is required."));
                }
                else if (!seen.Add(id))
                {
                    errors.Add(new FieldError($"channels[{index}].id", "duplicate", "Each channel has one place."));
                }
            }
        }

        if (Categories?.Count > Category.MaxPerServer)
        {
            errors.Add(new FieldError("categories", "too_many", $"At most {Category.MaxPerServer} categories."));
        }
        else
        {
            var seen = new HashSet<Guid>();
            errors.AddRange((Categories ?? []).Index()
                .Where(named => !seen.Add(named.Item))
                .Select(named => new FieldError($"categories[{named.Index}]", "duplicate", "Each category has one place.")));
        }

        return errors;
    }
}

/// <summary>A channel's place in <see cref="ReorderChannels"/>.</summary>
/// <param name="Category">The category it goes into; null: none; absent: the one it is in.</param>
internal sealed record PlacedChannel(Guid? Id = null, Optional<Guid?> Category = default);
