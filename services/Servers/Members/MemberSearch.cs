using Chat.Servers.Data;
using Microsoft.EntityFrameworkCore;

namespace Chat.Servers.Members;

/// <summary>
/// Finds members by any part of a name. What is rare is found by the trigram indexes, what is common by walking through the members as they joined, which
/// comes upon a page of it soon: neither reads the whole server to answer a page.
/// </summary>
internal static class MemberSearch
{
    public const int MaxLength = 100;

    /// <summary>A trigram index tells nothing of shorter texts.</summary>
    private const int ShortestIndexed = 3;

    /// <summary>What more members than this match counts as common.</summary>
    private const int Rare = 500;

    /// <summary>Where members who match joined: the first ones after a place, in order.</summary>
    /// <param name="role">Only who holds it; null: whatever they hold.</param>
    public static async Task<List<long>> FindAsync(ServersDb db, Guid server, string text, Guid? role, long after, int count, CancellationToken cancellationToken)
    {
        var pattern = Pattern(text);
        if (text.EnumerateRunes().Count() >= ShortestIndexed)
        {
            var found = await RareAsync(db, server, pattern, role, after, cancellationToken);
            if (found.Count <= Rare)
            {
                return [.. found.Order().Take(count)];
            }
        }

        return await CommonAsync(db, server, pattern, role, after, count, cancellationToken);
    }

    /// <summary>Without case, and with what is special to LIKE as it stands. Lower case is left to the database, which lowers the names too.</summary>
    private static string Pattern(string text) =>
        $"%{text.Replace(@"\", @"\\", StringComparison.Ordinal).Replace("%", @"\%", StringComparison.Ordinal).Replace("_", @"\_", StringComparison.Ordinal)}%";

    private static Task<List<long>> RareAsync(ServersDb db, Guid server, string pattern, Guid? role, long after, CancellationToken cancellationToken) => db.Database
        .SqlQuery<long>(
            $"""
            select m.joined_rev as "Value" from (
              select m.joined_rev, m.user_id from profiles p join members m on m.server_id = {server} and m.user_id = p.id
              where lower(p.username) like lower({pattern}) or lower(p.display_name) like lower({pattern})
              union
              select m.joined_rev, m.user_id from members m where m.server_id = {server} and m.nickname is not null and lower(m.nickname) like lower({pattern})
            ) m
            where m.joined_rev > {after}
              and ({role}::uuid is null or exists (select from member_roles h where h.server_id = {server} and h.user_id = m.user_id and h.role_id = {role}))
            limit {Rare + 1}
            """)
        .ToListAsync(cancellationToken);

    private static Task<List<long>> CommonAsync(ServersDb db, Guid server, string pattern, Guid? role, long after, int count, CancellationToken cancellationToken) => db.Database
        .SqlQuery<long>(
            $"""
            select m.joined_rev as "Value" from members m join profiles p on p.id = m.user_id
            where m.server_id = {server} and m.joined_rev > {after}
              and (lower(p.username) like lower({pattern}) or lower(p.display_name) like lower({pattern}) or lower(m.nickname) like lower({pattern}))
              and ({role}::uuid is null or exists (select from member_roles h where h.server_id = {server} and h.user_id = m.user_id and h.role_id = {role}))
            order by m.joined_rev
            limit {count}
            """)
        .ToListAsync(cancellationToken);
}
