using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Json;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace AlertFunctions.Api.Http;

/// <summary>
/// A thing that people write by HTTP. <c>PUT</c> replaces it, <c>PATCH</c> merges into it, <c>DELETE</c> removes it, each under <c>If-Match</c>. A patch is read as the
/// <c>PUT</c> of what it makes, so that both accept the same.
/// </summary>
/// <param name="context">The request.</param>
/// <param name="read">Reads what a body describes, and notes what is wrong with it.</param>
/// <param name="represent">What an answer shows of it.</param>
internal sealed class Resource<T>(HttpContext context, Func<JsonElement, Faults, T?> read, Func<T, object> represent)
    where T : class
{
    private static readonly JsonElement Empty = JsonElement.Parse("{}");

    private readonly JsonSerializerOptions _json = context.RequestServices.GetRequiredService<IOptions<JsonOptions>>().Value.SerializerOptions;

    /// <summary>Whether the request is a patch.</summary>
    private bool Merges => HttpMethods.IsPatch(context.Request.Method);

    /// <summary>Answers with the thing and its version.</summary>
    public IResult Answer(T value)
    {
        context.Response.Headers.ETag = TagOf(value);
        return Results.Ok(represent(value));
    }

    /// <summary>Replaces it or merges into it.</summary>
    /// <param name="body">The request's body.</param>
    /// <param name="write">Writes what a decision makes of what is there; writes nothing where it makes nothing.</param>
    /// <param name="full">The answer when there is no room for another one.</param>
    /// <param name="missing">The answer to a patch of what is not there; null where a patch creates it.</param>
    public async Task<IResult> WriteAsync(JsonElement body, Func<Func<T?, T?>, Task<T?>> write, IResult full, IResult? missing)
    {
        if (Merges && !JsonFields.IsUnicode(body))
        {
            return Problem.Invalid("$", "holds text that is not valid Unicode (a lone surrogate).");
        }

        IResult? refusal = null;
        T? replacement = Merges ? null : Read(body, ref refusal);
        if (refusal is not null)
        {
            return refusal;
        }

        T? written = await write(current =>
        {
            refusal = !Matches(current) ? Changed() : Merges && current is null ? missing : null;
            return refusal is not null ? null
                : replacement ?? Read(MergePatch.Apply(current is null ? Empty : JsonSerializer.SerializeToElement(represent(current), _json), body), ref refusal);
        });
        return written is not null ? Answer(written) : refusal ?? full;
    }

    /// <summary>Removes it.</summary>
    /// <param name="delete">Deletes it where a decision agrees; false when it was not there or the decision did not agree.</param>
    /// <param name="missing">The answer when it is not there.</param>
    public async Task<IResult> DeleteAsync(Func<Func<T?, bool>, Task<bool>> delete, IResult missing)
    {
        bool matches = true;
        return await delete(current => matches = Matches(current)) ? Results.NoContent() : matches ? missing : Changed();
    }

    private static IResult Changed() => Problem.PreconditionFailed("It was changed or removed since it was read; read it again, and repeat the change with the new ETag.");

    private T? Read(JsonElement body, ref IResult? refusal)
    {
        var faults = new Faults();
        T? value = read(body, faults);
        refusal = faults.Any ? Problem.Invalid(faults) : null;
        return faults.Any ? null : value;
    }

    /// <summary>Whether the request names no version, or that which is there.</summary>
    private bool Matches(T? current) => EntityTag.Matches(context.Request, current is null ? null : TagOf(current));

    /// <summary>Its version.</summary>
    public string TagOf(T value) => EntityTag.Of(represent(value), _json);
}
