using System.Security.Claims;
using System.Text.Encodings.Web;
using AlertFunctions.Api.Http;
using Microsoft.AspNetCore.Authentication;
using Microsoft.Extensions.Options;

namespace AlertFunctions.Standalone;

/// <summary>Recognises a caller by a key as the Functions host does: <c>x-functions-key</c>, or <c>?code=</c>.</summary>
internal sealed class KeyAuthenticationHandler(KeyRing keys, IOptionsMonitor<AuthenticationSchemeOptions> options, ILoggerFactory logger)
    : AuthenticationHandler<AuthenticationSchemeOptions>(options, logger, UrlEncoder.Default)
{
    public const string SchemeName = "Key";

    protected override Task<AuthenticateResult> HandleAuthenticateAsync()
    {
        string? key = Request.Headers["x-functions-key"].FirstOrDefault() ?? Context.Features.Get<KeyInQuery>()?.Key;
        IReadOnlyList<KeyRole> roles = keys.RolesOf(key);
        if (roles.Count == 0)
        {
            return Task.FromResult(AuthenticateResult.NoResult());
        }

        var identity = new ClaimsIdentity(roles.Select(role => new Claim(ClaimTypes.Role, role.Name)), SchemeName);
        return Task.FromResult(AuthenticateResult.Success(new AuthenticationTicket(new ClaimsPrincipal(identity), SchemeName)));
    }

    protected override Task HandleChallengeAsync(AuthenticationProperties properties) => RefuseAsync("keyRequired", "A key is needed in the header x-functions-key (or in ?code=).");

    /// <summary>The Functions host answers a key that is not enough as it does a wrong one: with 401.</summary>
    protected override Task HandleForbiddenAsync(AuthenticationProperties properties) =>
        RefuseAsync("keyNotEnough", KeyRole.RefusalOf(KeyRole.All.Where(role => Context.User.IsInRole(role.Name))));

    private Task RefuseAsync(string code, string title) => Problem.Of(StatusCodes.Status401Unauthorized, code, title).ExecuteAsync(Context);
}
