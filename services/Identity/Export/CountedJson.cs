using System.Buffers;
using System.IO.Pipelines;
using System.Text.Json;

namespace Chat.Identity.Export;

/// <summary>Copies a JSON object as it arrives, checks that it is whole, and counts what its lists hold. Keeps no more of it than a buffer and the longest single value.</summary>
internal sealed class CountedJson
{
    private const int ListDepth = 1;

    private readonly Dictionary<string, long> _counts = [];
    private JsonReaderState _state;
    private string _property = "";
    private bool _inList;
    private bool _whole;

    public long Bytes { get; private set; }

    /// <summary>The object's lists by name, and how many elements each has.</summary>
    public IReadOnlyDictionary<string, long> Counts => _counts;

    /// <param name="silence">How long to wait for the next part of it.</param>
    /// <exception cref="JsonException">It is not one whole JSON object.</exception>
    /// <exception cref="IOException">The connection broke.</exception>
    /// <exception cref="TimeoutException">Nothing came for too long.</exception>
    public async Task CopyAsync(Stream source, Stream destination, TimeSpan silence, CancellationToken cancellation)
    {
        var reader = PipeReader.Create(source, new StreamPipeReaderOptions(leaveOpen: true));
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        try
        {
            ReadResult read;
            do
            {
                limit.CancelAfter(silence);
                read = await reader.ReadAsync(limit.Token);
                limit.CancelAfter(Timeout.InfiniteTimeSpan);
                var consumed = Count(read.Buffer, read.IsCompleted);
                foreach (var part in read.Buffer.Slice(0, consumed))
                    await destination.WriteAsync(part, cancellation);

                Bytes += read.Buffer.Slice(0, consumed).Length;
                reader.AdvanceTo(consumed, read.Buffer.End);
            }
            while (!read.IsCompleted);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            throw new TimeoutException("The source has fallen silent.");
        }
        finally
        {
            await reader.CompleteAsync();
        }

        if (!_whole)
            throw new JsonException("The JSON ends too early.");
    }

    private SequencePosition Count(ReadOnlySequence<byte> buffer, bool isLast)
    {
        var json = new Utf8JsonReader(buffer, isLast, _state);
        while (json.Read())
        {
            switch (json.CurrentDepth, json.TokenType)
            {
                case (0, JsonTokenType.EndObject):
                    _whole = true;
                    break;
                case (ListDepth, JsonTokenType.PropertyName):
                    _property = json.GetString() ?? "";
                    break;
                case (ListDepth, JsonTokenType.StartArray):
                    _counts[_property] = 0;
                    _inList = true;
                    break;
                case (ListDepth, JsonTokenType.EndArray):
                    _inList = false;
                    break;
                case (ListDepth + 1, not (JsonTokenType.EndObject or JsonTokenType.EndArray)) when _inList:
                    _counts[_property]++;
                    break;
            }
        }

        _state = json.CurrentState;
        return json.Position;
    }
}
