using System.Text.Json;

namespace Chat.Messaging.Text;

/// <summary>Strings of requests that were not looked at yet.</summary>
internal static class JsonText
{
    /// <summary>Whether it is a string of Unicode. Whatever reads a value out of one that is not (an id, a time) throws instead of answering that there is none.</summary>
    public static bool IsSound(JsonElement element)
    {
        try
        {
            return element.ValueKind == JsonValueKind.String && element.GetString() is not null;
        }
        catch (InvalidOperationException)
        {
            // How the reader reports bytes that are no UTF-8, or an escape such as \ud800 without its other half.
            return false;
        }
    }
}
