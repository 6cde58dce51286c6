using System.IO.Compression;
using System.Text.Json;
using Chat.ServiceDefaults.Json;

namespace Chat.Identity.Export;

/// <summary>
/// The zip file of one export. The manifest, with the size and number of everything before it, comes last: where it is missing, as where the file's own directory is,
/// something broke on the way.
/// </summary>
internal sealed partial class ExportArchive(Guid account, IReadOnlyList<ExportDocument> documents, ILogger<ExportArchive> logger) : IAsyncDisposable
{
    private static readonly TimeSpan Silence = TimeSpan.FromSeconds(20);
    private static readonly JsonSerializerOptions Readable = new(JsonDefaults.Options) { WriteIndented = true };

    private readonly List<(string File, HttpResponseMessage Response)> _parts = [];

    /// <summary>Waits until every source has begun to answer.</summary>
    /// <exception cref="HttpRequestException">One is away.</exception>
    /// <exception cref="TimeoutException">One does not answer.</exception>
    public async Task OpenAsync(IReadOnlyList<ExportSource> sources, CancellationToken cancellation)
    {
        var opening = sources.Select(source => source.OpenAsync(account, cancellation)).ToList();
        Task all = Task.WhenAll(opening);
        await all.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        for (var i = 0; i < sources.Count; i++)
        {
            // Those that did answer are disposed of with this, whatever the others did.
            if (opening[i].IsCompletedSuccessfully)
                _parts.Add((sources[i].File, await opening[i]));
        }

        await all;
    }

    public async Task WriteAsync(HttpContext http, Stream body, DateTimeOffset now)
    {
        try
        {
            await WriteAsync(body, now, http.RequestAborted);
        }
        catch (Exception exception) when (exception is IOException or HttpRequestException or JsonException or TimeoutException or OperationCanceledException)
        {
            if (!http.RequestAborted.IsCancellationRequested)
                LogBroken(account, exception.Message);

            // Not closed but broken: the receiver must not take it for whole.
            http.Abort();
        }
    }

    public ValueTask DisposeAsync()
    {
        foreach (var (_, response) in _parts)
            response.Dispose();
        return ValueTask.CompletedTask;
    }

    private async Task WriteAsync(Stream body, DateTimeOffset now, CancellationToken cancellation)
    {
        var files = new List<ManifestFile>();

        // Disposing of it writes its directory, which makes it whole: only once everything is in it.
        var target = new AsyncOnly(body);
        var zip = await ZipArchive.CreateAsync(target, ZipArchiveMode.Create, leaveOpen: true, entryNameEncoding: null, cancellation);
        foreach (var (file, content) in documents)
        {
            using var json = new MemoryStream(JsonSerializer.SerializeToUtf8Bytes(content, Readable));
            files.Add(await AddAsync(zip, file, json, now, cancellation));
        }

        foreach (var (file, response) in _parts)
        {
            await using var json = await response.Content.ReadAsStreamAsync(cancellation);
            files.Add(await AddAsync(zip, file, json, now, cancellation));
        }

        using var manifest = new MemoryStream(JsonSerializer.SerializeToUtf8Bytes(new Manifest(account, now, files), Readable));
        await AddAsync(zip, "manifest.json", manifest, now, cancellation);
        await zip.DisposeAsync();
        await target.FlushAsync(cancellation);
    }

    private static async Task<ManifestFile> AddAsync(ZipArchive zip, string file, Stream json, DateTimeOffset now, CancellationToken cancellation)
    {
        var entry = zip.CreateEntry(file, CompressionLevel.Fastest);
        entry.LastWriteTime = now;
        var counted = new CountedJson();
        await using var content = await entry.OpenAsync(cancellation);
        await counted.CopyAsync(json, content, Silence, cancellation);
        return new ManifestFile(file, counted.Bytes, counted.Counts);
    }

    [LoggerMessage(LogLevel.Warning, "The export of account {Account} broke off: {Reason}")]
    private partial void LogBroken(Guid account, string reason);
}

/// <summary>The last file of an export.</summary>
internal sealed record Manifest(Guid Account, DateTimeOffset CreatedAt, IReadOnlyList<ManifestFile> Files);

/// <param name="Items">The lists in the file, and how many elements each has.</param>
internal sealed record ManifestFile(string Name, long Bytes, IReadOnlyDictionary<string, long> Items);
