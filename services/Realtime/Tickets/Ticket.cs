namespace Chat.Realtime.Tickets;

/// <summary>Who opened a socket: what a ticket stands for.</summary>
internal sealed record SocketOwner(Guid User, Guid Session, string Username, string DisplayName);

/// <summary>The answer to <c>POST realtime/tickets</c>.</summary>
/// <param name="Ticket">Opens one socket, once.</param>
/// <param name="Url">Where to, with the ticket in it.</param>
/// <param name="ExpiresAt">30 s from now.</param>
internal sealed record TicketResponse(string Ticket, Uri Url, DateTimeOffset ExpiresAt);
