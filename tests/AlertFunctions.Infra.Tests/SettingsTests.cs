using System.Text.Json;
using AlertFunctions.Core.Settings;
using Microsoft.Extensions.Configuration;

namespace AlertFunctions.Infra.Tests;

public sealed class SettingsTests
{
    /// <summary>What the Functions host and its triggers need beside the product's own settings.</summary>
    private static readonly string[] PlatformSettings =
    [
        "APPLICATIONINSIGHTS_AUTHENTICATION_STRING",
        "APPLICATIONINSIGHTS_CONNECTION_STRING",
        "AzureWebJobsDisableHomepage",
        "AzureWebJobsStorage__blobServiceUri",
        "AzureWebJobsStorage__clientId",
        "AzureWebJobsStorage__credential",
        "AzureWebJobsStorage__queueServiceUri",
        "AzureWebJobsStorage__tableServiceUri",
    ];

    private static readonly Dictionary<string, string?> StorageAddresses = new(StringComparer.Ordinal)
    {
        ["AzureWebJobsStorage:blobServiceUri"] = "https://account.blob.core.windows.net/",
        ["AzureWebJobsStorage:queueServiceUri"] = "https://account.queue.core.windows.net/",
        ["AzureWebJobsStorage:tableServiceUri"] = "https://account.table.core.windows.net/",
    };

    [Fact]
    public void Every_setting_that_the_product_reads_is_set_and_none_that_it_does_not_read() =>
        Assert.Equal(
            PlatformSettings.Concat(Product.Settings).Order(StringComparer.Ordinal),
            Deployment.WithEverySetting.AppSettings.Keys.Order(StringComparer.Ordinal));

    [Fact]
    public void Every_setting_carries_the_value_of_the_azd_name_that_is_made_of_its_own()
    {
        IReadOnlyDictionary<string, string> settings = Deployment.WithEverySetting.AppSettings;
        foreach (string name in Product.Settings.Where(name => name != "Smtp__Password"))
        {
            (string _, string expected) = Assert.Single(Deployment.EverySettingsValue, variable => variable.Name == AzdName(name));
            Assert.Equal($"{name} = {expected}", $"{name} = {settings[name]}");
        }
    }

    [Fact]
    public void Every_storage_setting_is_one_that_the_product_reads() =>
        Assert.Subset(
            Product.AllSettings.ToHashSet(StringComparer.Ordinal),
            Deployment.ByDefault.AppSettings.Keys.Where(name => name.StartsWith("AzureWebJobsStorage", StringComparison.Ordinal)).ToHashSet(StringComparer.Ordinal));

    [Fact]
    public void A_blank_setting_is_left_out() =>
        Assert.DoesNotContain("", Deployment.ByDefault.AppSettings.Values);

    [Fact]
    public void The_templates_defaults_are_the_products()
    {
        AlertFunctionsSettings deployed = Read(Deployment.ByDefault);
        AlertFunctionsSettings own = AlertFunctionsSettings.Read(new ConfigurationBuilder().AddInMemoryCollection(StorageAddresses).Build());
        Assert.Equal(own.Smtp, deployed.Smtp);
        Assert.Equal(own.Mail, deployed.Mail);
        Assert.Equal(own.Events, deployed.Events);
    }

    [Fact]
    public void The_product_accepts_what_is_deployed()
    {
        AlertFunctionsSettings settings = Read(Deployment.WithEverySetting);
        Assert.True(settings.Storage.UseManagedIdentity);
        Assert.Equal("smtp.example.com", settings.Smtp.Host);
        Assert.Equal(SmtpAuthentication.Password, settings.Smtp.Authentication);
        Assert.Equal(7, settings.Smtp.MaxConnections);
    }

    [Fact]
    public void Every_setting_is_a_parameter_whose_description_names_it_and_its_azd_name()
    {
        string[] descriptions = [.. Bicep.Template.GetProperty("parameters").EnumerateObject()
            .Select(parameter => parameter.Value.GetProperty("metadata").GetProperty("description").GetString()!)];
        foreach (string name in Product.Settings)
        {
            Assert.Single(descriptions, description =>
                description.StartsWith($"{name}: ", StringComparison.Ordinal) && description.EndsWith($": {AzdName(name)}", StringComparison.Ordinal));
        }
    }

    [Fact]
    public void Without_any_azd_value_the_parameters_file_gives_the_defaults_of_the_template()
    {
        JsonElement given = Bicep.Parameters();
        foreach (JsonProperty parameter in Bicep.Template.GetProperty("parameters").EnumerateObject())
        {
            string value = given.GetProperty(parameter.Name).GetProperty("value").ToString();
            if (parameter.Value.TryGetProperty("defaultValue", out JsonElement standard))
            {
                Assert.Equal($"{parameter.Name} = {standard}", $"{parameter.Name} = {value}");
            }
            else
            {
                Assert.Contains(parameter.Name, (string[])["environmentName", "location"]);
            }
        }
    }

    [Fact]
    public void The_homepage_is_off_because_the_console_is_at_the_root() =>
        Assert.Equal("true", Deployment.ByDefault.AppSettings["AzureWebJobsDisableHomepage"]);

    [Fact]
    public void The_host_reaches_storage_and_Application_Insights_as_the_apps_identity()
    {
        IReadOnlyDictionary<string, string> settings = Deployment.ByDefault.AppSettings;
        Assert.Equal("managedidentity", settings["AzureWebJobsStorage__credential"]);
        Assert.Matches(@"^\[reference\('[^']*/userAssignedIdentities/[^']*', '[^']*'\)\.clientId\]$", settings["AzureWebJobsStorage__clientId"]);
        Assert.Matches(@"^\[format\('ClientId=\{0\};Authorization=AAD', reference\('[^']*/userAssignedIdentities/[^']*', '[^']*'\)\.clientId\)\]$",
            settings["APPLICATIONINSIGHTS_AUTHENTICATION_STRING"]);
        foreach (string service in (string[])["blob", "queue", "table"])
        {
            Assert.EndsWith($".primaryEndpoints.{service}]", settings[$"AzureWebJobsStorage__{service}ServiceUri"], StringComparison.Ordinal);
        }
    }

    /// <summary>What the product makes of the app settings, with addresses in place of those that only Azure knows.</summary>
    private static AlertFunctionsSettings Read(Deployment deployment) =>
        AlertFunctionsSettings.Read(new ConfigurationBuilder()
            .AddInMemoryCollection(deployment.AppSettings.Select(setting => KeyValuePair.Create(setting.Key.Replace("__", ":", StringComparison.Ordinal), (string?)Resolve(setting.Value))))
            .AddInMemoryCollection(StorageAddresses)
            .AddInMemoryCollection([KeyValuePair.Create("APPLICATIONINSIGHTS_CONNECTION_STRING", (string?)$"InstrumentationKey={Guid.Empty};IngestionEndpoint=https://region.in.applicationinsights.azure.com/")])
            .Build());

    /// <summary>Azure gives the app the secret in place of its reference.</summary>
    private static string Resolve(string value) => value.StartsWith("@Microsoft.KeyVault(", StringComparison.Ordinal) ? "a secret" : value;

    /// <summary>Smtp__MaxConnections is SMTP_MAX_CONNECTIONS.</summary>
    private static string AzdName(string setting) =>
        string.Join('_', setting.Replace("OAuth2", "Oauth2", StringComparison.Ordinal).Split("__").Select(part =>
            string.Concat(part.Select((letter, index) => index > 0 && char.IsUpper(letter) ? $"_{letter}" : $"{char.ToUpperInvariant(letter)}"))));
}
