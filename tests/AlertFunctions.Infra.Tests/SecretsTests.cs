using System.Text.Json;
using System.Text.RegularExpressions;

namespace AlertFunctions.Infra.Tests;

public sealed partial class SecretsTests
{
    [Fact]
    public void No_output_of_any_template_carries_a_key_a_secret_or_a_connection_string()
    {
        int outputs = 0;
        foreach (JsonElement template in Bicep.Templates)
        {
            string[] secure = [.. template.GetProperty("parameters").EnumerateObject()
                .Where(parameter => parameter.Value.GetProperty("type").GetString()!.StartsWith("secure", StringComparison.Ordinal))
                .Select(parameter => $"parameters('{parameter.Name}')")];
            foreach (JsonProperty output in Outputs(template))
            {
                outputs++;
                string text = output.Value.GetRawText();
                Assert.DoesNotMatch(Secret(), text);
                Assert.DoesNotContain(secure, parameter => text.Contains(parameter, StringComparison.Ordinal));
            }
        }

        Assert.True(outputs > 10, "The outputs of the modules were not found.");
    }

    [Fact]
    public void The_outputs_are_names_and_addresses_and_nothing_else() =>
        Assert.Equal(
            [
                "ALERTFUNCTIONS_URL", "APP_IDENTITY_CLIENT_ID", "APP_IDENTITY_PRINCIPAL_ID", "AZURE_LOCATION", "AZURE_RESOURCE_GROUP", "FUNCTION_APP_NAME",
                "SMTP_OUTBOUND_ADDRESS",
            ],
            Outputs(Bicep.Template).Select(output => output.Name).Order(StringComparer.Ordinal));

    [Fact]
    public void No_template_reads_a_key_of_any_resource()
    {
        foreach (JsonElement template in Bicep.Templates)
        {
            Assert.DoesNotMatch(ListFunction(), template.GetRawText());
        }
    }

    [Fact]
    public void The_storage_account_accepts_no_shared_key_and_serves_nothing_to_the_public()
    {
        JsonElement account = Deployment.ByDefault.Single("Microsoft.Storage/storageAccounts").GetProperty("properties");
        Assert.False(account.GetProperty("allowSharedKeyAccess").GetBoolean());
        Assert.False(account.GetProperty("allowBlobPublicAccess").GetBoolean());
        Assert.True(account.GetProperty("supportsHttpsTrafficOnly").GetBoolean());
        Assert.Equal("TLS1_2", account.GetProperty("minimumTlsVersion").GetString());
        Assert.All(Deployment.ByDefault.OfType("Microsoft.Storage/storageAccounts/blobServices/containers"),
            container => Assert.Equal("None", container.GetProperty("properties").GetProperty("publicAccess").GetString()));
    }

    [Fact]
    public void Telemetry_is_accepted_from_identities_only()
    {
        Assert.True(Deployment.ByDefault.Single("Microsoft.Insights/components").GetProperty("properties").GetProperty("DisableLocalAuth").GetBoolean());
        Assert.True(Deployment.ByDefault.Single("Microsoft.OperationalInsights/workspaces").GetProperty("properties").GetProperty("features").GetProperty("disableLocalAuth").GetBoolean());
    }

    [Fact]
    public void Nobody_deploys_with_a_user_name_and_a_password()
    {
        IReadOnlyList<JsonElement> policies = Deployment.ByDefault.OfType("Microsoft.Web/sites/basicPublishingCredentialsPolicies");
        Assert.Equal(["ftp", "scm"], policies.Select(policy => policy.GetProperty("name").GetString()!.Split('/')[^1]).Order(StringComparer.Ordinal));
        Assert.All(policies, policy => Assert.False(policy.GetProperty("properties").GetProperty("allow").GetBoolean()));
    }

    [Fact]
    public void There_is_no_Key_Vault_without_password_authentication()
    {
        foreach (Deployment deployment in (Deployment[])[Deployment.ByDefault, Deployment.WithOAuth2])
        {
            Assert.DoesNotContain(deployment.All, resource => resource.GetProperty("type").GetString()!.StartsWith("Microsoft.KeyVault", StringComparison.Ordinal));
            Assert.DoesNotContain("Smtp__Password", deployment.AppSettings.Keys);
        }
    }

    [Fact]
    public void The_password_goes_to_Key_Vault_and_the_app_settings_only_point_to_it()
    {
        Deployment deployment = Deployment.WithEverySetting;
        string vault = deployment.Single("Microsoft.KeyVault/vaults").GetProperty("name").GetString()!;
        Assert.Equal($"@Microsoft.KeyVault(VaultName={vault};SecretName=smtp-password)", deployment.AppSettings["Smtp__Password"]);
        Assert.Equal($"{vault}/smtp-password", deployment.Single("Microsoft.KeyVault/vaults/secrets").GetProperty("name").GetString());
        Assert.Contains(deployment.FunctionApp.GetProperty("keyVaultReferenceIdentity").GetString()!,
            deployment.Single("Microsoft.ManagedIdentity/userAssignedIdentities").GetProperty("id").GetString()!, StringComparison.Ordinal);
        Assert.DoesNotContain(Deployment.Password, deployment.Text, StringComparison.Ordinal);
    }

    [Fact]
    public void A_blank_password_leaves_the_secret_that_is_there() =>
        Assert.Contains("not(empty(parameters('smtpPassword')))",
            Deployment.WithEverySetting.Single("Microsoft.KeyVault/vaults/secrets").GetProperty("condition").GetString(), StringComparison.Ordinal);

    [Fact]
    public void The_password_is_a_secure_parameter_all_the_way()
    {
        JsonElement[] passwords = [.. Bicep.Templates.SelectMany(template => template.GetProperty("parameters").EnumerateObject())
            .Where(parameter => parameter.Name == "smtpPassword").Select(parameter => parameter.Value)];
        Assert.Equal(2, passwords.Length);
        Assert.All(passwords, parameter => Assert.Equal("securestring", parameter.GetProperty("type").GetString()));
    }

    private static JsonProperty[] Outputs(JsonElement template) =>
        template.TryGetProperty("outputs", out JsonElement outputs) ? [.. outputs.EnumerateObject()] : [];

    [GeneratedRegex(@"\blist\w*\(|ConnectionString|InstrumentationKey|AccountKey|SharedAccess|securestring|secureobject|/secrets/[^']*'\)\.", RegexOptions.IgnoreCase | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Secret();

    [GeneratedRegex(@"\blist(Keys|Secrets?|AccountSas|ServiceSas|Credentials)?\(", RegexOptions.IgnoreCase | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex ListFunction();
}
