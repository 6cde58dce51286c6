using System.Security.Cryptography;
using Chat.Hosting.ApplicationModel;

namespace Chat.Hosting
{
    /// <summary>A parameter has neither a configured value nor a default.</summary>
    public class MissingParameterValueException(string message) : DistributedApplicationException(message);

    /// <summary>A connection string made of an expression, or read from configuration.</summary>
    public sealed class ConnectionStringResource(string name, ReferenceExpression connectionStringExpression)
        : Resource(name), IResourceWithConnectionString, IResourceWithWaitSupport
    {
        public ReferenceExpression ConnectionStringExpression { get; } = connectionStringExpression;
    }
}

namespace Chat.Hosting.ApplicationModel
{
    /// <summary>A value from outside: configuration key <c>Parameters:name</c>, else the default.</summary>
    public class ParameterResource : Resource, IManifestExpressionProvider, IValueProvider
    {
        private readonly Lazy<string> _value;

        public ParameterResource(string name, Func<ParameterDefault?, string> callback, bool secret = false) : base(name)
        {
            _value = new Lazy<string>(() => callback(Default));
            Secret = secret;
        }

        /// <summary>True for values that must not be shown.</summary>
        public bool Secret { get; }

        public ParameterDefault? Default { get; set; }

        public string ValueExpression => $"{{{Name}.value}}";

        /// <summary>The value, the same each time.</summary>
        /// <exception cref="MissingParameterValueException">There is none.</exception>
        public ValueTask<string?> GetValueAsync(CancellationToken cancellationToken) => ValueTask.FromResult<string?>(_value.Value);
    }

    /// <summary>Where a parameter's value comes from when it is not configured.</summary>
    public abstract class ParameterDefault
    {
        public abstract string GetDefaultValue();
    }

    /// <summary>A random value from letters, digits and a few signs.</summary>
    public sealed class GenerateParameterDefault : ParameterDefault
    {
        /// <summary>Length in characters; more when the minimums ask for more.</summary>
        public int MinLength { get; set; } = 22;

        public bool Lower { get; set; } = true;

        public bool Upper { get; set; } = true;

        public bool Numeric { get; set; } = true;

        public bool Special { get; set; } = true;

        public int MinLower { get; set; }

        public int MinUpper { get; set; }

        public int MinNumeric { get; set; }

        public int MinSpecial { get; set; }

        public override string GetDefaultValue()
        {
            // Without the characters that people confuse or that connection strings give a meaning.
            (bool Used, int Min, string Characters)[] classes =
            [
                (Lower, MinLower, "abcdefghjkmnpqrstuvwxyz"), (Upper, MinUpper, "ABCDEFGHJKMNPQRSTUVWXYZ"), (Numeric, MinNumeric, "0123456789"), (Special, MinSpecial, "-_.{}~()*+!"),
            ];
            if (classes.Any(c => !c.Used && c.Min > 0) || !classes.Any(c => c.Used))
                throw new ArgumentException("A generated parameter needs at least one kind of character, and no minimum for a kind that is switched off.");
            var characters = classes.SelectMany(c => RandomNumberGenerator.GetItems<char>(c.Characters, c.Min)).ToList();
            var all = string.Concat(classes.Where(c => c.Used).Select(c => c.Characters));
            characters.AddRange(RandomNumberGenerator.GetItems<char>(all, Math.Max(0, MinLength - characters.Count)));
            var result = characters.ToArray();
            RandomNumberGenerator.Shuffle<char>(result);
            return new string(result);
        }
    }

}
