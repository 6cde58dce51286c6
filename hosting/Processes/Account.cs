using System.Globalization;

namespace Chat.Hosting.Processes;

/// <summary>A user of this machine, or a bare number that belongs to nobody.</summary>
internal sealed record Account(string Name, int UserId, int GroupId)
{
    public IEnumerable<string> SetPrivArguments =>
    [
        "--reuid", UserId.ToString(CultureInfo.InvariantCulture), "--regid", GroupId.ToString(CultureInfo.InvariantCulture), "--clear-groups",
    ];

    /// <exception cref="ArgumentException">No such user.</exception>
    public static Account Find(string nameOrId) =>
        TryFind(nameOrId) ?? throw new ArgumentException($"There is no user {nameOrId}.", nameof(nameOrId));

    public static Account? TryFind(string nameOrId)
    {
        var line = File.ReadLines("/etc/passwd").Select(entry => entry.Split(':')).FirstOrDefault(entry => entry.Length > 3 && (entry[0] == nameOrId || entry[2] == nameOrId));
        if (line is not null)
            return new Account(line[0], int.Parse(line[2], CultureInfo.InvariantCulture), int.Parse(line[3], CultureInfo.InvariantCulture));
        return int.TryParse(nameOrId, NumberStyles.None, CultureInfo.InvariantCulture, out var id) ? new Account(nameOrId, id, id) : null;
    }
}
