namespace Chat.Messaging.Paging;

/// <summary>Which list a cursor is of: it stands in the cursor, so that one of another list is refused and not taken for a place in this one.</summary>
internal enum ListKind : byte
{
    ReadStates = 1,
    Mentions = 2,
    ThreadMembers = 3,
    Reactors = 4,
    Voters = 5,
    Pins = 6,
    Conversations = 7,
    Threads = 8,
    Scheduled = 9,
    Drafts = 10,
    Search = 11,
}
