using AlertFunctions.Api.Events.Formats;
using AlertFunctions.Api.Http;
using AlertFunctions.Api.Mappings;
using AlertFunctions.Core.Mappings;
using Microsoft.AspNetCore.Http;
using Microsoft.OpenApi;

namespace AlertFunctions.Api.Events;

/// <summary>What the address of an event says. A sender that asks before it sends is asked about the same address, so both routes read it here.</summary>
/// <param name="DryRun">Whether nothing is to be recorded.</param>
/// <param name="Format">The format that is named, be it ours or described by a mapping; null for none.</param>
internal sealed record EventQuery(bool DryRun, IForeignFormat? Format)
{
    private static readonly QueryParameter<string?> s_mapping = new(
        "mapping",
        "Read the body as JSON, whatever its content type and shape, and make events of it by the mapping of this name (`/api/mappings`).",
        required: false,
        () => new OpenApiSchema { Type = JsonSchemaType.String, MaxLength = Names.MaximumPathNameLength },
        (value, refuse) =>
        {
            bool isName = Names.IsPathName(value);
            if (!isName && value.Length > 0)
            {
                refuse(Names.AcceptedPathNames);
            }

            return isName ? value : null;
        });

    /// <summary>The parameters that the address may have.</summary>
    public static QueryParameter[] Parameters(EventFormats formats) => [QueryParameters.DryRun, formats.Parameter, s_mapping];

    /// <summary>Reads the address of a request.</summary>
    /// <param name="context">The request.</param>
    /// <param name="formats">The formats that can be named.</param>
    /// <param name="mappings">The mappings that can be named.</param>
    /// <param name="faults">Where everything that is wrong is noted.</param>
    /// <returns>What it says; or the answer that there is no such mapping.</returns>
    public static async Task<(EventQuery Query, IResult? Refusal)> ReadAsync(HttpContext context, EventFormats formats, MappingStore mappings, Faults faults)
    {
        var query = new Query(context.Request, faults);
        bool dryRun = query.Get(QueryParameters.DryRun);
        string? mapping = query.Get(s_mapping);
        IForeignFormat? format = query.Get(formats.Parameter);
        if (mapping is not null && format is not null)
        {
            faults.Add(s_mapping.Name, $"cannot be given together with {formats.Parameter.Name}: each says alone what the body is.");
        }

        if (mapping is not null && !faults.Any)
        {
            if (await mappings.FindAsync(mapping, context.StorageDeadline()) is not { } stored)
            {
                return (new EventQuery(dryRun, null), MappingEndpoints.NoSuchMapping());
            }

            format = new MappedFormat(stored, (name, fault) => faults.Add($"{s_mapping.Name}.{name}", fault));
        }

        return (new EventQuery(dryRun, format), null);
    }
}
