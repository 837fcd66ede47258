using System.Text.Json;

namespace AlertFunctions.Infra.Tests;

/// <summary>The optional sign-in with Entra ID in front of the console.</summary>
public sealed class SignInTests
{
    private const string Settings = "Microsoft.Web/sites/config";
    private const string Assertion = "OVERRIDE_USE_MI_FIC_ASSERTION_CLIENTID";

    private static JsonElement SignIn => Deployment.WithSignIn.Single(Settings).GetProperty("properties");

    private static JsonElement Provider => SignIn.GetProperty("identityProviders").GetProperty("azureActiveDirectory");

    [Fact]
    public void Without_a_registration_there_is_nothing_of_sign_in()
    {
        Assert.Empty(Deployment.ByDefault.OfType(Settings));
        Assert.DoesNotContain(Assertion, Deployment.ByDefault.AppSettings.Keys);
    }

    [Fact]
    public void A_browser_that_is_not_signed_in_is_sent_to_Entra()
    {
        Assert.EndsWith("/authsettingsV2", Deployment.WithSignIn.Single(Settings).GetProperty("name").GetString(), StringComparison.Ordinal);
        Assert.True(SignIn.GetProperty("platform").GetProperty("enabled").GetBoolean());
        JsonElement validation = SignIn.GetProperty("globalValidation");
        Assert.True(validation.GetProperty("requireAuthentication").GetBoolean());
        Assert.Equal(("RedirectToLoginPage", "azureactivedirectory"),
            (validation.GetProperty("unauthenticatedClientAction").GetString(), validation.GetProperty("redirectToProvider").GetString()));
    }

    [Fact]
    public void Senders_and_monitors_need_no_sign_in_and_nothing_else_is_open() =>
        Assert.Equal(["/api/events", "/api/health"],
            SignIn.GetProperty("globalValidation").GetProperty("excludedPaths").EnumerateArray().Select(path => path.GetString()));

    [Fact]
    public void What_is_open_without_sign_in_are_routes_of_functions_of_their_own()
    {
        string functions = Repository.Read("src/AlertFunctions/HttpFunctions.cs");
        Assert.All(SignIn.GetProperty("globalValidation").GetProperty("excludedPaths").EnumerateArray(),
            path => Assert.Contains($"Route = \"{path.GetString()!.TrimStart('/')}\"", functions, StringComparison.Ordinal));
    }

    [Fact]
    public void The_apps_identity_stands_in_for_a_client_secret()
    {
        Assert.Equal(Assertion, Provider.GetProperty("registration").GetProperty("clientSecretSettingName").GetString());
        Assert.Equal(Deployment.WithSignIn.AppSettings["AzureWebJobsStorage__clientId"], Deployment.WithSignIn.AppSettings[Assertion]);
    }

    [Fact]
    public void Only_the_tenant_and_the_registration_are_trusted()
    {
        Assert.Equal(Deployment.ClientId, Provider.GetProperty("registration").GetProperty("clientId").GetString());
        Assert.Equal($"[format('{{0}}{{1}}/v2.0', environment().authentication.loginEndpoint, '{Bicep.TenantId}')]", Provider.GetProperty("registration").GetProperty("openIdIssuer").GetString());
        Assert.Equal([$"api://{Deployment.ClientId}"], Provider.GetProperty("validation").GetProperty("allowedAudiences").EnumerateArray().Select(audience => audience.GetString()));
    }

    [Fact]
    public void A_link_to_an_alert_survives_the_sign_in_and_no_token_is_kept()
    {
        JsonElement login = SignIn.GetProperty("login");
        Assert.True(login.GetProperty("preserveUrlFragmentsForLogins").GetBoolean());
        Assert.False(login.GetProperty("tokenStore").GetProperty("enabled").GetBoolean());
    }
}
