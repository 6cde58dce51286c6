namespace Chat.Identity.Mail;

/// <summary>A mail as it is sent: plain text.</summary>
internal sealed record Letter(string Subject, string Text);

/// <summary>Writes the letters of one kind, at the moment they are sent.</summary>
internal interface ILetterWriter
{
    MailKind Kind { get; }

    /// <summary>Runs inside a transaction of its own, which the caller saves and commits before it sends the letter: a token in it is valid when it arrives.</summary>
    /// <returns>Null: there is nothing to say any more.</returns>
    Task<Letter?> WriteAsync(OutgoingMail mail, CancellationToken cancellation);
}
