using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.OpenApi;

namespace AlertFunctions.Api.Events.Formats;

/// <summary>
/// A form in which another system sends its events, and the adapter that turns them into ours. What its senders leave out or add is no fault: they cannot
/// change what they send.
/// </summary>
internal interface IForeignFormat
{
    /// <summary>What it is called in system events.</summary>
    string Name { get; }

    /// <summary>Reads a request: each item becomes an event or is rejected, and none keeps the others from being read.</summary>
    /// <param name="request">The request.</param>
    /// <param name="received">Takes the events and what cannot be one.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    /// <returns>Null; or, where the request as a whole is none of this format, the answer that says why.</returns>
    ValueTask<IResult?> ReadAsync(ForeignRequest request, ReceivedEvents received, CancellationToken cancellationToken);
}

/// <summary>A format that is known, and recognised when it is sent. Its name is the word for it in <c>?format=</c>.</summary>
internal interface IEventFormat : IForeignFormat
{
    /// <summary>What people call it.</summary>
    string Title { get; }

    /// <summary>The content types in which it is sent, with what the OpenAPI document says of a body.</summary>
    IReadOnlyList<EventFormatBody> Bodies { get; }

    /// <summary>Whether the headers of a request alone say that its body is in this format.</summary>
    bool IsMarked(HttpRequest request);

    /// <summary>Whether a JSON body that is not ours looks like this format.</summary>
    bool HasShape(JsonElement body);
}

/// <summary>How the OpenAPI document shows a body.</summary>
/// <param name="MediaType">The content type.</param>
/// <param name="SchemaName">The name of its schema.</param>
/// <param name="Schema">Its schema, which leaves room for fields that it does not name.</param>
/// <param name="Example">A body as it is sent; null where the content type shows another format's, or our own.</param>
internal sealed record EventFormatBody(string MediaType, string SchemaName, Func<OpenApiSchema> Schema, string? Example = null);
