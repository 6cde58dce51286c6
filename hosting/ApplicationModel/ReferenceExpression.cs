using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;

namespace Chat.Hosting.ApplicationModel;

/// <summary>A string whose holes are filled when the application runs.</summary>
public class ReferenceExpression : IManifestExpressionProvider, IValueProvider
{
    private ReferenceExpression(string format, IValueProvider[] valueProviders, string[] manifestExpressions, string?[] stringFormats)
    {
        Format = format;
        ValueProviders = valueProviders;
        ManifestExpressions = manifestExpressions;
        StringFormats = stringFormats;
    }

    /// <summary>A composite format string.</summary>
    public string Format { get; }

    public IReadOnlyList<IValueProvider> ValueProviders { get; }

    public IReadOnlyList<string> ManifestExpressions { get; }

    /// <summary>The format of each hole: null, or <c>uri</c> for percent-encoding.</summary>
    public IReadOnlyList<string?> StringFormats { get; }

    public string ValueExpression => string.Format(CultureInfo.InvariantCulture, Format, [.. ManifestExpressions]);

    public static ReferenceExpression Create(in ExpressionInterpolatedStringHandler handler) => handler.Build();

    public ValueTask<string?> GetValueAsync(CancellationToken cancellationToken) => GetValueAsync(new ValueProviderContext(), cancellationToken);

    /// <summary>The string with every hole filled; null when a hole has no value.</summary>
    public async ValueTask<string?> GetValueAsync(ValueProviderContext context, CancellationToken cancellationToken)
    {
        var values = new object?[ValueProviders.Count];
        for (var i = 0; i < values.Length; i++)
        {
            var value = await ValueProviders[i].GetValueAsync(context, cancellationToken).ConfigureAwait(false);
            if (value is null)
                return null;
            values[i] = StringFormats[i] == "uri" ? Uri.EscapeDataString(value) : value;
        }
        return string.Format(CultureInfo.InvariantCulture, Format, values);
    }

    private sealed class Parts(int literalLength, int holes)
    {
        private readonly StringBuilder _format = new(literalLength + (3 * holes));
        private readonly List<IValueProvider> _providers = new(holes);
        private readonly List<string> _expressions = new(holes);
        private readonly List<string?> _formats = new(holes);

        public void Literal(string? value) => _format.Append(value?.Replace("{", "{{").Replace("}", "}}"));

        public void Hole<T>(T provider, string? format) where T : IValueProvider, IManifestExpressionProvider
        {
            _format.Append(CultureInfo.InvariantCulture, $"{{{_providers.Count}}}");
            _providers.Add(provider);
            _expressions.Add(provider.ValueExpression);
            _formats.Add(format);
        }

        public ReferenceExpression Build() => new(_format.ToString(), [.. _providers], [.. _expressions], [.. _formats]);
    }

    /// <summary>Collects the holes of an interpolated string.</summary>
    [InterpolatedStringHandler]
    public readonly ref struct ExpressionInterpolatedStringHandler(int literalLength, int formattedCount)
    {
        private readonly Parts _parts = new(literalLength, formattedCount);

        public void AppendLiteral(string value) => _parts.Literal(value);

        public void AppendFormatted(string? value) => _parts.Literal(value);

        public void AppendFormatted(string? value, string? format = null) => _parts.Literal(format == "uri" && value is not null ? Uri.EscapeDataString(value) : value);

        public void AppendFormatted<T>(T valueProvider) where T : IValueProvider, IManifestExpressionProvider => _parts.Hole(valueProvider, null);

        public void AppendFormatted<T>(T valueProvider, string? format = null) where T : IValueProvider, IManifestExpressionProvider => _parts.Hole(valueProvider, format);

        public void AppendFormatted<T>(IResourceBuilder<T> valueProvider) where T : IResource, IValueProvider, IManifestExpressionProvider => _parts.Hole(valueProvider.Resource, null);

        public void AppendFormatted<T>(IResourceBuilder<T> valueProvider, string? format = null) where T : IResource, IValueProvider, IManifestExpressionProvider => _parts.Hole(valueProvider.Resource, format);

        internal ReferenceExpression Build() => _parts.Build();
    }
}
