using Chat.ServiceDefaults;

namespace Chat.Servers.Bans;

/// <summary>How somebody is banned.</summary>
/// <param name="Reason">Up to 512 characters; absent: what the header X-Audit-Reason gave, or what was given before.</param>
/// <param name="DeleteMessagesHours">Their messages of so many hours are to go, 0 to 168.</param>
internal sealed record BanUser(string? Reason = null, int? DeleteMessagesHours = null)
{
    /// <summary>What is wrong; otherwise the ban as it is meant.</summary>
    public List<FieldError> Check(out BanTerms terms) => BanTerms.Check(Reason, DeleteMessagesHours, out terms);
}

/// <summary>Several bans at once.</summary>
/// <param name="Users">1 to 200 ids, members or not.</param>
/// <param name="Reason">As in <see cref="BanUser"/>.</param>
/// <param name="DeleteMessagesHours">As in <see cref="BanUser"/>.</param>
internal sealed record BanUsers(IReadOnlyList<Guid>? Users = null, string? Reason = null, int? DeleteMessagesHours = null)
{
    private const int Max = 200;

    /// <summary>What is wrong; otherwise the bans as they are meant.</summary>
    public List<FieldError> Check(out IReadOnlyList<Guid> users, out BanTerms terms)
    {
        var errors = BanTerms.Check(Reason, DeleteMessagesHours, out terms);
        users = [.. (Users ?? []).Distinct()];
        if (Users is null)
        {
            errors.Add(new FieldError("users", "required", "Ids of users are required."));
        }
        else if (Users.Count is 0 or > Max)
        {
            errors.Add(new FieldError("users", Users.Count == 0 ? "too_few" : "too_many", $"1 to {Max} ids."));
        }

        return errors;
    }
}

/// <summary>What a ban is to say and do.</summary>
/// <param name="Reason">Empty: none; null: it does not say.</param>
/// <param name="DeleteMessages">How far back messages are to go; null: they stay.</param>
internal sealed record BanTerms(string? Reason, TimeSpan? DeleteMessages)
{
    private const int MaxHours = 168;

    public static List<FieldError> Check(string? reason, int? hours, out BanTerms terms)
    {
        var errors = new List<FieldError>();
        if (reason is not null && PlainText.Check("reason", reason, 0, Ban.MaxReasonLength, out reason, lines: true) is { } error)
        {
            errors.Add(error);
        }

        if (hours is < 0 or > MaxHours)
        {
            errors.Add(new FieldError("deleteMessagesHours", "out_of_range", $"0 to {MaxHours}."));
        }

        terms = new BanTerms(reason, errors.Count == 0 && hours is > 0 ? TimeSpan.FromHours(hours.Value) : null);
        return errors;
    }
}
