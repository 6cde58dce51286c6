using Chat.Servers.Data;
using Microsoft.EntityFrameworkCore;

namespace Chat.Servers.Members;

/// <summary>
/// Finds members by any part of a name. What is common is come upon by walking through the first members behind the cursor; what is not, is found by the trigram indexes.
/// Neither reads the whole server to answer a page, but for texts of one or two characters that hardly anybody has.
/// </summary>
internal static class MemberSearch
{
    public const int MaxLength = 100;

    /// <summary>A trigram index tells nothing of shorter texts.</summary>
    private const int ShortestIndexed = 3;

    /// <summary>How many members are walked through before the indexes are asked, and what they may find at most before walking on is cheaper.</summary>
    private const int Few = 500;

    /// <summary>Where members who match joined: the first ones after a place, in order.</summary>
    /// <param name="role">Only who holds it; null: whatever they hold.</param>
    public static async Task<List<long>> FindAsync(ServersDb db, Guid server, string text, Guid? role, long after, int count, CancellationToken cancellationToken)
    {
        var pattern = Pattern(text);
        if (text.EnumerateRunes().Count() >= ShortestIndexed)
        {
            var near = await WalkAsync(db, server, pattern, role, after, count, Few, cancellationToken);
            if (near.Count == count)
            {
                return near;
            }

            var indexed = await IndexedAsync(db, server, pattern, role, after, cancellationToken);
            if (indexed.Count <= Few)
            {
                return [.. indexed.Order().Take(count)];
            }
        }

        return await WalkAsync(db, server, pattern, role, after, count, null, cancellationToken);
    }

    /// <summary>Without case, and with what is special to LIKE as it stands. Lower case is left to the database, which lowers the names too.</summary>
    private static string Pattern(string text) =>
        $"%{text.Replace(@"\", @"\\", StringComparison.Ordinal).Replace("%", @"\%", StringComparison.Ordinal).Replace("_", @"\_", StringComparison.Ordinal)}%";

    private static Task<List<long>> IndexedAsync(ServersDb db, Guid server, string pattern, Guid? role, long after, CancellationToken cancellationToken) => db.Database
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
            limit {Few + 1}
            """)
        .ToListAsync(cancellationToken);

    /// <summary>Member by member, each profile by its key: "offset 0" keeps the planner from reading all profiles instead.</summary>
    /// <param name="among">How many members to look at; null: as many as it takes.</param>
    private static Task<List<long>> WalkAsync(
        ServersDb db, Guid server, string pattern, Guid? role, long after, int count, int? among, CancellationToken cancellationToken) => db.Database
        .SqlQuery<long>(
            $"""
            select m.joined_rev as "Value" from members m
            cross join lateral (select p.username, p.display_name from profiles p where p.id = m.user_id offset 0) p
            where m.server_id = {server} and m.joined_rev > {after}
              and ({among}::int is null or m.joined_rev <= coalesce(
                (select l.joined_rev from members l where l.server_id = {server} and l.joined_rev > {after} order by l.joined_rev offset {among} limit 1), {long.MaxValue}))
              and (lower(p.username) like lower({pattern}) or lower(p.display_name) like lower({pattern}) or lower(m.nickname) like lower({pattern}))
              and ({role}::uuid is null or exists (select from member_roles h where h.server_id = {server} and h.user_id = m.user_id and h.role_id = {role}))
            order by m.joined_rev
            limit {count}
            """)
        .ToListAsync(cancellationToken);
}
