using System.Text.Json;
using AlertFunctions.Api.Events.Formats;
using AlertFunctions.Api.Http;
using AlertFunctions.Core.Events;
using AlertFunctions.Core.Mappings;
using AlertFunctions.Core.Outbox;
using AlertFunctions.Core.Storage;
using DevLab.JmesPath;
using Microsoft.AspNetCore.Http;
using Newtonsoft.Json.Linq;
using JsonException = Newtonsoft.Json.JsonException;

namespace AlertFunctions.Api.Mappings;

/// <summary>A format that people have described by a mapping. It is made for one request, whose bodies may be of any JSON.</summary>
internal sealed class MappedFormat : IForeignFormat
{
    private readonly MappingExpression? _items;
    private readonly MappingExpression? _computer;
    private readonly MappingExpression? _alert;
    private readonly MappingExpression? _state;
    private readonly MappingExpression? _id;
    private readonly MappingExpression? _time;
    private readonly MappingExpression? _severity;
    private readonly MappingExpression? _message;

    /// <summary>Makes a format of a mapping.</summary>
    /// <param name="mapping">The mapping.</param>
    /// <param name="refuse">Takes the name of each expression that is wrong, with what is wrong with it. With such an expression the format cannot be used.</param>
    public MappedFormat(Mapping mapping, Action<string, string> refuse)
    {
        Name = $"mapping={mapping.Name}";
        var parser = new JmesPath();
        _items = Parse(MappingReader.Items, mapping.Items);
        _computer = Parse(MappingReader.Computer, mapping.Computer);
        _alert = Parse(MappingReader.Alert, mapping.Alert);
        _state = Parse(MappingReader.State, mapping.State);
        _id = Parse(MappingReader.Id, mapping.Id);
        _time = Parse(MappingReader.Time, mapping.Time);
        _severity = Parse(MappingReader.Severity, mapping.Severity);
        _message = Parse(MappingReader.Message, mapping.Message);

        MappingExpression? Parse(string name, string? text)
        {
            string? fault = null;
            MappingExpression? expression = text is null ? null : MappingExpression.Parse(parser, text, out fault);
            if (fault is not null)
            {
                refuse(name, fault);
            }

            return expression;
        }
    }

    /// <inheritdoc/>
    public string Name { get; }

    /// <inheritdoc/>
    public ValueTask<IResult?> ReadAsync(ForeignRequest request, ReceivedEvents received, CancellationToken cancellationToken)
    {
        (JsonElement? json, IResult? refusal) = request.ReadJson();
        if (json is { } body)
        {
            Read(body, received, cancellationToken);
        }

        return new(refusal);
    }

    /// <summary>Reads a body: each item becomes an event or is rejected.</summary>
    /// <param name="body">The body.</param>
    /// <param name="received">Takes the events and what cannot be one.</param>
    /// <param name="cancellationToken">Cancels the operation, between items.</param>
    public void Read(JsonElement body, ReceivedEvents received, CancellationToken cancellationToken)
    {
        JToken whole;
        try
        {
            whole = JmesPath.ParseJson(body.GetRawText());
        }
        catch (JsonException exception)
        {
            received.Reject("$", body.GetRawText(), $"cannot be read: {JsonFields.Excerpt(exception.Message)}");
            return;
        }

        // A body that has no items as the mapping says is no reason to answer an error that nobody may read: it is recorded as any bad item is.
        string? fault = null;
        JToken? found = _items is null ? whole : _items.Evaluate(whole, out fault);
        string path = _items is null ? "$" : MappingReader.Items;
        if (found is JArray items)
        {
            foreach ((int index, JToken item) in items.Index())
            {
                cancellationToken.ThrowIfCancellationRequested();
                Read(item, $"{path}[{index}]", index, received);
            }
        }
        else if (found is JObject)
        {
            Read(found, path, index: 0, received);
        }
        else
        {
            received.Reject(path, body.GetRawText(), fault ?? $"gives {MappedValues.Describe(found!)}, but must give an array or an object.");
        }
    }

    private void Read(JToken item, string path, int index, ReceivedEvents received)
    {
        string text = MappedValues.JsonOf(item);
        string? fault = null;
        if (index >= Event.MaximumEvents)
        {
            received.Reject(path, text, $"is one of more than {Event.MaximumEvents} items; send fewer at once.");
            return;
        }

        string? computer = Required(_computer, MappingReader.Computer);
        string? alert = Required(_alert, MappingReader.Alert);
        TransitionKind kind = KindOf(Optional(_state, MappingReader.State));
        string? id = Optional(_id, MappingReader.Id);
        string? time = Optional(_time, MappingReader.Time);
        string? severity = Optional(_severity, MappingReader.Severity);
        string? message = Optional(_message, MappingReader.Message);
        if (fault is not null)
        {
            received.Reject(path, text, fault);
            return;
        }

        received.Add(new ForeignEvent(path, text)
        {
            Computer = computer!,
            Alert = alert!,
            Kind = kind,

            // Many senders name the end of an alert by the id, and even the time, of its beginning.
            Id = id is null ? Keys.Hash(text) : kind == TransitionKind.Clear ? $"{id} cleared" : id,
            IdPath = id is null ? null : $"{path}.{MappingReader.Id}",
            Time = time is null ? null : MappedValues.TimeOf(time),
            Severity = ForeignSeverity.Of(severity),
            Message = message,
            Data = MappedValues.CanBeData(item) ? text : null,
        });

        string? Required(MappingExpression? expression, string name)
        {
            string? value = Optional(expression, name);
            fault ??= value is null ? $"{name} gives no text." : null;
            return value;
        }

        string? Optional(MappingExpression? expression, string name)
        {
            string? why = null;
            if (expression?.Evaluate(item, out why) is not { } value)
            {
                fault ??= why is null ? null : $"{name} {why}";
                return null;
            }

            fault ??= value is JContainer ? $"{name} gives {MappedValues.Describe(value)}, but must give a text, a number, true, false or null." : null;
            return MappedValues.TextOf(value);
        }

        TransitionKind KindOf(string? word)
        {
            TransitionKind? known = word is null ? TransitionKind.Raise : MappedValues.KindOf(word);
            fault ??= known is null
                ? $"{MappingReader.State} gives '{JsonFields.Excerpt(word!)}', but must give one of {string.Join(", ", MappedValues.Raised)} for an alert that is raised, or of {string.Join(", ", MappedValues.Cleared)} for one that is cleared."
                : null;
            return known ?? TransitionKind.Raise;
        }
    }
}
