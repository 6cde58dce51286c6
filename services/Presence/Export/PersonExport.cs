using System.Runtime.CompilerServices;
using Chat.Presence.Pairs;
using Chat.Presence.People;

namespace Chat.Presence.Export;

/// <summary>Reads what presence has of a person, page by page, each when the one before it has been taken: who has asked them has no bound.</summary>
internal sealed class PersonExport(RelationReader relations)
{
    private const int PageSize = 500;

    public IAsyncEnumerable<RelationResponse> FriendsAsync(Guid user, CancellationToken cancellationToken) =>
        ReadAsync(relations.FriendsAsync, user, RelationResponse.Friends, cancellationToken);

    /// <summary>Those the person was asked by, then those the person has asked.</summary>
    public async IAsyncEnumerable<RelationResponse> RequestsAsync(Guid user, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (var incoming in ReadAsync(relations.IncomingAsync, user, RelationResponse.Incoming, cancellationToken))
            yield return incoming;
        await foreach (var outgoing in ReadAsync(relations.OutgoingAsync, user, RelationResponse.Outgoing, cancellationToken))
            yield return outgoing;
    }

    public IAsyncEnumerable<RelationResponse> BlocksAsync(Guid user, CancellationToken cancellationToken) =>
        ReadAsync(relations.BlocksAsync, user, RelationResponse.Blocked, cancellationToken);

    private static async IAsyncEnumerable<RelationResponse> ReadAsync(
        Func<Guid, long, int, CancellationToken, Task<List<ListedRelation>>> readAsync, Guid user, string state, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var before = long.MaxValue;
        List<ListedRelation> page;
        do
        {
            page = await readAsync(user, before, PageSize, cancellationToken);
            foreach (var row in page)
                yield return row.As(state);
            if (page is [.., var last])
                before = last.Rev;
        }
        while (page.Count == PageSize);
    }
}
