namespace Chat.Messaging.Text;

/// <summary>What of a text is said, and not shown as code: nobody is mentioned and nothing linked in <c>`code`</c> or between <c>```</c>.</summary>
internal static class Prose
{
    /// <summary>
    /// The stretches outside of code, in order. A run of backticks begins code where an equally long run follows that ends it, as in CommonMark (spec 0.31.2, section 6.1);
    /// a backslash takes away the meaning of the character after it.
    /// </summary>
    public static IEnumerable<Range> Of(string text)
    {
        // Where a run of a length was looked for in vain: it need not be looked for again, and the whole takes linear time for each length there is.
        var missing = new HashSet<int>();
        var start = 0;
        for (var i = 0; i < text.Length;)
        {
            if (text[i] == '\\')
            {
                i += 2;
                continue;
            }

            if (text[i] != '`')
            {
                i++;
                continue;
            }

            var length = RunAt(text, i);
            var end = missing.Contains(length) ? -1 : EndOf(text, i + length, length);
            if (end < 0)
            {
                missing.Add(length);
                i += length;
                continue;
            }

            yield return start..i;
            start = i = end;
        }

        yield return start..text.Length;
    }

    /// <summary>Whether the character has no meaning of its own, for a backslash stands before it.</summary>
    public static bool Escaped(string text, int place)
    {
        var slashes = 0;
        while (place - slashes > 0 && text[place - slashes - 1] == '\\')
            slashes++;
        return slashes % 2 == 1;
    }

    private static int EndOf(string text, int from, int length)
    {
        for (var i = text.IndexOf('`', from); i >= 0; i = i < text.Length ? text.IndexOf('`', i) : -1)
        {
            var run = RunAt(text, i);
            i += run;
            if (run == length)
                return i;
        }

        return -1;
    }

    private static int RunAt(string text, int place)
    {
        var end = place;
        while (end < text.Length && text[end] == '`')
            end++;
        return end - place;
    }
}
