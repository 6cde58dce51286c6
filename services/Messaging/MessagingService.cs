namespace Chat.Messaging;

/// <summary>Marks the assembly of the messaging service, so that tests can start it in their process.</summary>
public sealed class MessagingService;
