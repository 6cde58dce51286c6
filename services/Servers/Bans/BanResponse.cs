namespace Chat.Servers.Bans;

/// <summary>A ban, as those see it who may ban.</summary>
/// <param name="Reason">Absent when none was given.</param>
/// <param name="By">Who banned.</param>
internal sealed record BanResponse(BannedUser User, string? Reason, Guid By, DateTimeOffset CreatedAt);

/// <summary>Who is banned. Of somebody who was never in any server only the id is known.</summary>
/// <param name="Deleted">True when the account was erased; absent otherwise.</param>
internal sealed record BannedUser(Guid Id, string? Username, string? DisplayName, bool? Deleted);

/// <summary>What came of banning several.</summary>
/// <param name="Banned">Those who are banned now, also those who were before.</param>
/// <param name="Refused">Those who are not, and why.</param>
internal sealed record BansResponse(IReadOnlyList<Guid> Banned, IReadOnlyList<RefusedBan> Refused);

/// <param name="Code"><c>above_you</c>, <c>owner</c> or <c>self</c>.</param>
internal sealed record RefusedBan(Guid User, string Code);
