namespace Chat.Messaging.Export;

/// <summary>A list in the order of its key, read page by page, each when the one before it has been taken.</summary>
internal static class KeysetPages
{
    /// <param name="start">Before the first key.</param>
    /// <param name="readAsync">A page of what comes after a key. It may be short where more follows; only an empty one is the end.</param>
    /// <param name="keyOf">The key of an item.</param>
    public static async IAsyncEnumerable<T> ReadAsync<T, TKey>(TKey start, Func<TKey, Task<List<T>>> readAsync, Func<T, TKey> keyOf)
    {
        var after = start;
        while (await readAsync(after) is [.., var last] page)
        {
            foreach (var item in page)
                yield return item;
            after = keyOf(last);
        }
    }
}
