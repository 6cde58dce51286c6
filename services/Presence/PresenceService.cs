namespace Chat.Presence;

/// <summary>Marks the assembly of the presence service, so that tests can start it in their process.</summary>
public sealed class PresenceService;
