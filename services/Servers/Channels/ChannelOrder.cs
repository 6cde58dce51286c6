using Chat.Access;
using Chat.Contracts;
using Chat.Servers.Audit;
using Chat.Servers.Changes;
using Chat.Servers.Data;
using Chat.Servers.Servers;
using Chat.ServiceDefaults;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;

namespace Chat.Servers.Channels;

/// <summary>Puts channels and categories in order, within a change of their server.</summary>
internal sealed class ChannelOrder(ServersDb db, ServerActs acts)
{
    /// <param name="wanted">Checked.</param>
    public async Task<ActOutcome<Nothing>> ReorderAsync(ReorderChannels wanted, CancellationToken cancellationToken)
    {
        var categories = await db.Categories.Where(row => row.Server == acts.Server.Id).ToDictionaryAsync(row => row.Id, cancellationToken);
        var channels = await db.Channels.Where(row => row.Server == acts.Server.Id).ToDictionaryAsync(row => row.Id, cancellationToken);
        IReadOnlyList<PlacedChannel> placed = [.. (wanted.Channels ?? []).OfType<PlacedChannel>()];
        IReadOnlyList<Guid> headings = wanted.Categories ?? [];
        if (await RefuseAsync(placed, headings, channels, categories, cancellationToken) is { } problem)
        {
            return problem;
        }

        var before = new
        {
            Channels = channels.Values.Select(row => new Place(row.Id, row.Category, row.Position)).ToHashSet(),
            Categories = categories.Values.Select(row => new Place(row.Id, null, row.Position)).ToHashSet(),
        };
        Arrange(placed, headings, channels, categories);
        var after = new
        {
            Channels = channels.Values.Select(row => new Place(row.Id, row.Category, row.Position)).ToHashSet(),
            Categories = categories.Values.Select(row => new Place(row.Id, null, row.Position)).ToHashSet(),
        };
        var (moved, movedHeadings) = (after.Channels.Except(before.Channels).ToList(), after.Categories.Except(before.Categories).ToList());
        if (moved.Count + movedHeadings.Count == 0)
        {
            return Nothing.Done;
        }

        Guid[] order = [.. categories.Values.OrderBy(row => row.Position).ThenBy(row => row.Id).Select(row => row.Id)];
        acts.Record(
            acts.Delta,
            lost: null,
            new AuditNote(
                AuditAction.ChannelsReordered,
                Before: new { Channels = before.Channels.Except(after.Channels), Categories = before.Categories.Except(after.Categories) },
                After: new { Channels = moved, Categories = movedHeadings }),
            members: 0,
            new ChannelsReordered
            {
                Server = acts.Server.Id,
                Rev = acts.Rev,
                Categories = order,
                Channels =
                [
                    .. channels.Values
                        .OrderBy(row => row.Category is { } category ? Array.IndexOf(order, category) : -1).ThenBy(row => row.Position).ThenBy(row => row.Id)
                        .Select(row => new ChannelPlace(row.Id, row.Category)),
                ],
                At = acts.Now,
            });
        return Nothing.Done;
    }

    /// <summary>Sets positions where they change, in the categories that are concerned.</summary>
    private static void Arrange(IReadOnlyList<PlacedChannel> placed, IReadOnlyList<Guid> headings, Dictionary<Guid, Channel> channels, Dictionary<Guid, Category> categories)
    {
        var ranks = new Dictionary<Guid, int>();
        foreach (var (index, place) in placed.Index())
        {
            if (place.Id is { } id)
            {
                channels[id].Category = place.Category.Or(channels[id].Category);
                ranks[id] = index;
            }
        }

        // A lookup takes null as a key: channels without a category are among themselves too.
        foreach (var group in channels.Values.ToLookup(row => row.Category).Where(group => group.Any(row => ranks.ContainsKey(row.Id))))
        {
            foreach (var (position, row) in group.OrderBy(row => ranks.GetValueOrDefault(row.Id, int.MaxValue)).ThenBy(row => row.Position).ThenBy(row => row.Id).Index())
            {
                row.Position = position;
            }
        }

        var headingRanks = headings.Index().ToDictionary(named => named.Item, named => named.Index);
        if (headingRanks.Count > 0)
        {
            foreach (var (position, row) in categories.Values
                .OrderBy(row => headingRanks.GetValueOrDefault(row.Id, int.MaxValue)).ThenBy(row => row.Position).ThenBy(row => row.Id).Index())
            {
                row.Position = position;
            }
        }
    }

    private async Task<ProblemHttpResult?> RefuseAsync(
        IReadOnlyList<PlacedChannel> placed, IReadOnlyList<Guid> headings, Dictionary<Guid, Channel> channels, Dictionary<Guid, Category> categories, CancellationToken cancellationToken)
    {
        Guid[] named = [.. placed.Select(place => place.Id ?? Guid.Empty)];
        var overrides = acts.Actor.Allows(Permissions.Administrator)
            ? Enumerable.Empty<ChannelOverrideRow>().ToLookup(row => row.Channel)
            : (await db.ChannelOverrides.AsNoTracking().Where(row => named.Contains(row.Channel)).ToListAsync(cancellationToken)).ToLookup(row => row.Channel);
        var errors = new List<FieldError>();
        var fixedPlaces = false;
        foreach (var (index, place) in placed.Index())
        {
            var channel = channels.GetValueOrDefault(named[index]);
            var granted = channel is null ? Permissions.None : EffectivePermissions.Compute(acts.Actor.Standing, new RuledChannel(channel, [.. overrides[channel.Id]]).Rules);
            if (channel is null || granted == Permissions.None)
            {
                errors.Add(new FieldError($"channels[{index}].id", "not_found", "There is no such channel in this server."));
                continue;
            }

            var category = place.Category.Or(channel.Category);
            if (category is { } id && !categories.ContainsKey(id))
            {
                errors.Add(ChannelProblems.NoSuchCategory($"channels[{index}].category"));
            }

            // The order is the server's; which category a channel is in is its own.
            fixedPlaces |= category != channel.Category && !granted.HasFlag(Permissions.ManageChannels);
        }

        errors.AddRange(headings.Index()
            .Where(heading => !categories.ContainsKey(heading.Item))
            .Select(heading => ChannelProblems.NoSuchCategory($"categories[{heading.Index}]")));
        return errors.Count > 0 ? Problems.Validation(errors)
            : fixedPlaces ? ServerProblems.MissingPermission(Permissions.ManageChannels)
            : null;
    }

    /// <summary>Where something stands, for the audit log.</summary>
    private sealed record Place(Guid Id, Guid? Category, int Position);
}
