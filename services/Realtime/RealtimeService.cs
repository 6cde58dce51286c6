namespace Chat.Realtime;

/// <summary>Marks this assembly for tests that start the service.</summary>
public sealed class RealtimeService;
