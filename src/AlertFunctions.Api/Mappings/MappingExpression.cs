using System.Globalization;
using System.Text.RegularExpressions;
using AlertFunctions.Api.Http;
using DevLab.JmesPath;
using DevLab.JmesPath.Expressions;
using DevLab.JmesPath.Interop;
using Newtonsoft.Json.Linq;

namespace AlertFunctions.Api.Mappings;

/// <summary>An expression of a mapping (JMESPath). Those of one parser share what they know of the value that is looked at: they are for one request.</summary>
internal sealed partial class MappingExpression
{
    /// <summary>The longest expression, in characters.</summary>
    public const int MaximumLength = 1_000;

    /// <summary>The most parts of an expression, which can stand in each other: evaluating many more would exhaust the stack, and with it the process.</summary>
    public const int MaximumParts = 100;

    /// <summary>How many copies of a body an expression may make, since each list in a list, or after it, multiplies them.</summary>
    public const int MaximumCopies = 100;

    private readonly JmesPathExpression _expression;

    private MappingExpression(JmesPathExpression expression) => _expression = expression;

    /// <summary>Reads an expression.</summary>
    /// <param name="parser">The parser of the mapping.</param>
    /// <param name="text">The expression.</param>
    /// <param name="fault">What is wrong with it, and where.</param>
    /// <returns>The expression; null when it is wrong.</returns>
    public static MappingExpression? Parse(JmesPath parser, string text, out string? fault)
    {
        try
        {
            JmesPathExpression expression = parser.Parse(text);
            var limits = new Limits();
            expression.Accept(limits);
            fault = limits.Fault;
            return fault is null ? new MappingExpression(expression) : null;
        }
        catch (Exception exception)
        {
            // The library has no exception of its own.
            fault = $"is no JMESPath expression: {Explain(exception)}";
            return null;
        }
    }

    /// <summary>What the expression gives of a value.</summary>
    /// <param name="value">The value.</param>
    /// <param name="fault">Why it gives nothing.</param>
    public JToken? Evaluate(JToken value, out string? fault)
    {
        fault = null;
        try
        {
            return _expression.Transform(value).AsJToken();
        }
        catch (Exception exception)
        {
            // As above: a function was given what it does not take.
            fault = $"gives nothing: {Explain(exception)}";
            return null;
        }
    }

    /// <summary>The library's message with its place as people count.</summary>
    private static string Explain(Exception exception)
    {
        Match match = Place().Match(exception.Message);
        return !match.Success ? JsonFields.Excerpt(exception.Message.Replace("Error: ", "", StringComparison.Ordinal))
            : match.Groups["near"].Length == 0 ? "something is missing at its end."
            : $"line {match.Groups["line"].Value}, character {int.Parse(match.Groups["column"].Value, CultureInfo.InvariantCulture) + 1}: '{JsonFields.Excerpt(match.Groups["near"].Value)}' cannot stand here.";
    }

    [GeneratedRegex(@"^Error\((?<line>[0-9]{1,4}), (?<column>-?[0-9]{1,4})\): syntax, near '(?<near>.*)'\.$", RegexOptions.ExplicitCapture | RegexOptions.Singleline | RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Place();

    /// <summary>Looks for what could use up the process: the sender of a large body does not know what an expression makes of it.</summary>
    private sealed class Limits : IVisitor
    {
        private int _parts;
        private long _copies = 1;

        public string? Fault { get; private set; }

        public void Visit(JmesPathExpression expression)
        {
            if (++_parts > MaximumParts)
            {
                Fault ??= $"has more than {MaximumParts} parts; make it simpler.";
            }

            _copies = Math.Min(long.MaxValue / MaximumLength, _copies * Math.Max(1, MembersOf(expression)));
            if (_copies > MaximumCopies)
            {
                Fault ??= $"has so many lists in or after each other that it could copy a body more than {MaximumCopies} times; make it simpler.";
            }

            if (expression is JmesPathFunctionExpression { Name: "pad_left" or "pad_right" })
            {
                Fault ??= "uses pad_left or pad_right, which are not accepted: they make texts of any length.";
            }
        }

        private static int MembersOf(JmesPathExpression expression) => expression switch
        {
            JmesPathMultiSelectList list => list.Expressions.Length,
            JmesPathMultiSelectHash hash => hash.Dictionary.Count,
            _ => 1,
        };
    }
}
