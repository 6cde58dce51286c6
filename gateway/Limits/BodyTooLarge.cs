using Chat.ServiceDefaults;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Chat.Gateway.Limits;

/// <summary>A request feature: its body was cut off because it passed the limit.</summary>
internal sealed class BodyTooLarge
{
    public static ProblemHttpResult Problem() =>
        Problems.Create(StatusCodes.Status413PayloadTooLarge, "body_too_large", "The request body is larger than this address takes.");
}
