namespace Chat.Hosting.Servers;

/// <summary>A server can be had from nowhere. The message says what is missing and which command installs it; show it as it is and exit with a failure.</summary>
internal sealed class ServerUnavailableException(string message, Exception? inner = null) : Exception(message, inner);
