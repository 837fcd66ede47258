using System.Text.Json;
using System.Text.RegularExpressions;

namespace AlertFunctions.Infra.Tests;

public sealed partial class ResourcesTests
{
    private const string Storage = "Microsoft.Storage/storageAccounts";
    private const string AlertRule = "Microsoft.Insights/scheduledQueryRules";
    private const string Vault = "Microsoft.KeyVault/vaults";
    private const string StorageBlobDataOwner = "b7e6dc6d-f1e8-4753-8033-0f276bb0955b";
    private const string StorageQueueDataContributor = "974c5e8b-45b9-4653-ba55-5f855dd0fb88";
    private const string StorageTableDataContributor = "0a9a7e1f-b9d0-4cc4-a60d-0319b160aaa3";
    private const string MonitoringMetricsPublisher = "3913510d-42f4-4e42-8a64-420c390055eb";
    private const string KeyVaultSecretsUser = "4633458b-17de-408a-b874-0445c86b69e6";

    private static readonly (string, string)[] RolesWithoutPassword =
    [
        ("Microsoft.Insights/components", MonitoringMetricsPublisher),
        (Storage, StorageTableDataContributor),
        (Storage, StorageQueueDataContributor),
        (Storage, StorageBlobDataOwner),
    ];

    [Fact]
    public void The_apps_identity_has_exactly_the_roles_that_it_needs() =>
        Assert.Equal(RolesWithoutPassword.Order(), Deployment.ByDefault.Roles);

    [Fact]
    public void A_password_adds_the_role_that_reads_it_and_no_other() =>
        Assert.Equal(RolesWithoutPassword.Append((Vault, KeyVaultSecretsUser)).Order(), Deployment.WithEverySetting.Roles);

    [Fact]
    public void Every_role_is_the_apps_identitys_and_ends_at_one_resource()
    {
        foreach (JsonElement assignment in Deployment.InNetwork.OfType("Microsoft.Authorization/roleAssignments"))
        {
            Assert.Matches(@"^\[reference\('[^']*/userAssignedIdentities/[^']*', '[^']*'\)\.principalId\]$",
                assignment.GetProperty("properties").GetProperty("principalId").GetString());
            Assert.Matches(@"/resourceGroups/[^/]+/providers/[^/]+/[^/]+/[^/]+/providers/Microsoft\.Authorization/roleAssignments/", assignment.GetProperty("id").GetString());
        }
    }

    [Fact]
    public void The_tables_queues_and_containers_are_exactly_those_of_the_product_and_the_host()
    {
        Deployment deployment = Deployment.ByDefault;
        string[] host = ["container azure-webjobs-hosts", "container azure-webjobs-secrets", "container deployment"];
        Assert.Equal(
            Product.StorageNames.Concat(host).Order(StringComparer.Ordinal),
            deployment.Names($"{Storage}/tableServices/tables").Select(name => $"table {name}")
                .Concat(deployment.Names($"{Storage}/queueServices/queues").Select(name => $"queue {name}"))
                .Concat(deployment.Names($"{Storage}/blobServices/containers").Select(name => $"container {name}")).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void The_events_and_functions_that_the_deployment_names_are_the_products()
    {
        Assert.Contains(Product.MailFailingEvent, Product.LogEvents);
        Assert.Contains(Product.SendFunction, Product.Functions);
        Assert.Contains(Product.RedriveFunction, Product.Functions);
    }

    [Fact]
    public void The_app_runs_isolated_on_dotnet_10_on_Flex_Consumption_and_takes_its_package_as_its_identity()
    {
        Deployment deployment = Deployment.ByDefault;
        Assert.Equal("FC1", deployment.Single("Microsoft.Web/serverfarms").GetProperty("sku").GetProperty("name").GetString());
        JsonElement config = deployment.FunctionApp.GetProperty("functionAppConfig");
        Assert.Equal("dotnet-isolated", config.GetProperty("runtime").GetProperty("name").GetString());
        Assert.Equal("10.0", config.GetProperty("runtime").GetProperty("version").GetString());
        JsonElement package = config.GetProperty("deployment").GetProperty("storage");
        Assert.EndsWith("'deployment')]", package.GetProperty("value").GetString(), StringComparison.Ordinal);
        Assert.Equal("UserAssignedIdentity", package.GetProperty("authentication").GetProperty("type").GetString());
        Assert.True(deployment.FunctionApp.GetProperty("httpsOnly").GetBoolean());
    }

    [Fact]
    public void The_scale_out_is_limited_and_nothing_is_always_ready_unless_asked_for()
    {
        Assert.Equal(40, Deployment.ByDefault.Scaling.GetProperty("maximumInstanceCount").GetInt32());
        Assert.Empty(Deployment.ByDefault.Scaling.GetProperty("alwaysReady").EnumerateArray());
    }

    [Fact]
    public void Fewer_than_40_instances_can_be_chosen_and_the_template_says_since_when_and_where()
    {
        JsonElement parameter = Bicep.Template.GetProperty("parameters").GetProperty("maximumInstanceCount");
        Assert.Equal((1, 40), (parameter.GetProperty("minValue").GetInt32(), parameter.GetProperty("defaultValue").GetInt32()));
        Assert.Contains("since January 2026, at first in Australia East, West Europe and West US 2", parameter.GetProperty("metadata").GetProperty("description").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public void The_app_is_spread_over_availability_zones_only_when_asked()
    {
        Assert.False(Plan(Deployment.ByDefault).GetProperty("zoneRedundant").GetBoolean());
        Assert.True(Plan(Deployment.SpreadOverZones).GetProperty("zoneRedundant").GetBoolean());
        Assert.Equal("Standard_GZRS", Deployment.SpreadOverZones.Single(Storage).GetProperty("sku").GetProperty("name").GetString());

        static JsonElement Plan(Deployment deployment) => deployment.Single("Microsoft.Web/serverfarms").GetProperty("properties");
    }

    [Theory]
    [InlineData("Standard_LRS")]
    [InlineData("Standard_GRS")]
    public void An_app_over_zones_with_storage_in_one_of_them_is_refused(string sku)
    {
        InvalidOperationException refusal = Assert.Throws<InvalidOperationException>(() => Bicep.Deploy(("ZONE_REDUNDANT", "true"), ("STORAGE_SKU", sku)));
        Assert.Contains($"ZONE_REDUNDANT is true, but STORAGE_SKU is {sku}, which a zone can take down. Set it to Standard_ZRS or Standard_GZRS.", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_Web_API_is_the_newest_version_that_the_Bicep_CLI_knows() =>
        Assert.DoesNotContain(Bicep.FindOutdatedVersions(), warning => warning.Contains("'Microsoft.Web/", StringComparison.Ordinal));

    [Fact]
    public void No_API_is_a_preview() =>
        Assert.DoesNotContain(Bicep.Templates.SelectMany(Bicep.Resources), resource => resource.GetProperty("apiVersion").GetString()!.Contains("preview", StringComparison.Ordinal));

    [Fact]
    public void SendMail_can_be_always_ready()
    {
        JsonElement scaling = Deployment.WithPlatformChoices.Scaling;
        JsonElement ready = Assert.Single(scaling.GetProperty("alwaysReady").EnumerateArray());
        Assert.Equal($"function:{Product.SendFunction}", ready.GetProperty("name").GetString());
        Assert.Equal(1, ready.GetProperty("instanceCount").GetInt32());
        Assert.Equal(5, scaling.GetProperty("maximumInstanceCount").GetInt32());
        Assert.Equal(512, scaling.GetProperty("instanceMemoryMB").GetInt32());
    }

    [Fact]
    public void Azure_Monitor_watches_for_failing_mail_and_for_a_redrive_that_does_not_run()
    {
        Dictionary<string, JsonElement> rules = Deployment.ByDefault.OfType(AlertRule).ToDictionary(
            RuleName,
            rule => Assert.Single(rule.GetProperty("properties").GetProperty("criteria").GetProperty("allOf").EnumerateArray()), StringComparer.Ordinal);
        Assert.Equal(["mail-failing", "redrive-missing"], rules.Keys.Order(StringComparer.Ordinal));

        Assert.Equal($"traces | where customDimensions.EventName == \"{Product.MailFailingEvent}\"", rules["mail-failing"].GetProperty("query").GetString());
        Assert.Equal("GreaterThan 0", Condition(rules["mail-failing"]));
        Assert.Equal($"requests | where name == \"{Product.RedriveFunction}\" and success == true", rules["redrive-missing"].GetProperty("query").GetString());
        Assert.Equal("LessThan 1", Condition(rules["redrive-missing"]));

        static string Condition(JsonElement criterion) => $"{criterion.GetProperty("operator").GetString()} {criterion.GetProperty("threshold")}";
    }

    [Fact]
    public void Both_alert_rules_look_back_over_more_than_one_hourly_redrive() =>
        Assert.All(Deployment.ByDefault.OfType(AlertRule),
            rule => Assert.Equal("PT2H", rule.GetProperty("properties").GetProperty("windowSize").GetString()));

    [Fact]
    public void Six_more_alert_rules_are_created_only_when_asked_since_each_costs()
    {
        Dictionary<string, JsonElement> rules = Deployment.WithPlatformChoices.OfType(AlertRule).ToDictionary(RuleName, rule => rule.GetProperty("properties"), StringComparer.Ordinal);
        Assert.Equal(["events-rejected", "gauges-missing", "mail-failing", "mail-given-up", "mail-waits", "redrive-missing", "server-errors", "storage-fails"], rules.Keys.Order(StringComparer.Ordinal));
        Assert.All(rules.Values, rule => Assert.Equal("PT15M", rule.GetProperty("evaluationFrequency").GetString())); // the price that the documentation gives
        foreach (string document in (string[])["docs/operations.md", "docs/operations.ja.md"])
        {
            string text = Repository.Read(document);
            Assert.All(rules.Keys, name => Assert.Contains($"`{name}`", text, StringComparison.Ordinal));
        }
    }

    [Fact]
    public void The_workbook_is_that_of_the_repository_and_belongs_to_Application_Insights()
    {
        JsonElement properties = Deployment.ByDefault.Single("Microsoft.Insights/workbooks").GetProperty("properties");
        Assert.Equal(Repository.Read("infra/modules/workbook.json"), properties.GetProperty("serializedData").GetString());
        Assert.Equal(Deployment.ByDefault.Single("Microsoft.Insights/components").GetProperty("id").GetString(), properties.GetProperty("sourceId").GetString());
    }

    [Fact]
    public void Each_metric_that_the_workbook_or_an_alert_rule_asks_for_is_one_of_the_products()
    {
        string[] queries =
        [
            .. Deployment.WithPlatformChoices.OfType(AlertRule).Select(rule => rule.GetProperty("properties").GetProperty("criteria").GetProperty("allOf")[0].GetProperty("query").GetString()!),
            .. JsonDocument.Parse(Repository.Read("infra/modules/workbook.json")).RootElement.GetProperty("items").EnumerateArray()
                .Select(item => item.GetProperty("content")).Where(content => content.TryGetProperty("query", out _)).Select(content => content.GetProperty("query").GetString()!),
        ];
        Assert.Equal(8 + 12, queries.Length);
        string[] names = [.. queries.SelectMany(query => MetricOrDimension().Matches(query)).Select(name => name.Value).Distinct(StringComparer.Ordinal)];
        string source = Repository.Read("src/AlertFunctions.Core/Telemetry/ProductMetrics.cs");
        Assert.NotEmpty(names);
        Assert.All(names, name => Assert.Contains($"\"{name}\"", source, StringComparison.Ordinal));
    }

    [Fact]
    public void The_alert_rules_write_to_the_operator_if_there_is_one()
    {
        Deployment silent = Deployment.ByDefault;
        Assert.Empty(silent.OfType("Microsoft.Insights/actionGroups"));
        Assert.All(silent.OfType(AlertRule), rule => Assert.Empty(ActionGroups(rule)));

        Deployment watched = Deployment.WithPlatformChoices;
        JsonElement group = watched.Single("Microsoft.Insights/actionGroups");
        Assert.Equal(Deployment.Operator, Assert.Single(group.GetProperty("properties").GetProperty("emailReceivers").EnumerateArray()).GetProperty("emailAddress").GetString());
        Assert.All(watched.OfType(AlertRule), rule => Assert.Equal(group.GetProperty("id").GetString(), Assert.Single(ActionGroups(rule)).GetString()));

        static IEnumerable<JsonElement> ActionGroups(JsonElement rule) => rule.GetProperty("properties").GetProperty("actions").GetProperty("actionGroups").EnumerateArray();
    }

    [Fact]
    public void Without_a_virtual_network_there_is_nothing_of_one() =>
        Assert.DoesNotContain(Deployment.ByDefault.All, resource => resource.GetProperty("type").GetString()!.StartsWith("Microsoft.Network", StringComparison.Ordinal));

    [Fact]
    public void In_a_virtual_network_storage_and_Key_Vault_have_private_endpoints_only()
    {
        Deployment deployment = Deployment.InNetwork;
        foreach (string type in (string[])[Storage, Vault])
        {
            JsonElement properties = deployment.Single(type).GetProperty("properties");
            Assert.Equal("Disabled", properties.GetProperty("publicNetworkAccess").GetString());
            Assert.Equal("Deny", properties.GetProperty("networkAcls").GetProperty("defaultAction").GetString());
        }

        Assert.Equal(
            ["blob", "queue", "table", "vault"],
            deployment.OfType("Microsoft.Network/privateEndpoints").Select(endpoint =>
                endpoint.GetProperty("properties").GetProperty("privateLinkServiceConnections")[0].GetProperty("properties").GetProperty("groupIds")[0].GetString()).Order(StringComparer.Ordinal));
        Assert.Equal(4, deployment.OfType("Microsoft.Network/privateDnsZones/virtualNetworkLinks").Count);
    }

    [Fact]
    public void In_a_virtual_network_the_app_sends_through_a_delegated_subnet_with_one_outbound_address()
    {
        Deployment deployment = Deployment.InNetwork;
        JsonElement subnet = Assert.Single(deployment.Single("Microsoft.Network/virtualNetworks").GetProperty("properties").GetProperty("subnets").EnumerateArray(),
            subnet => deployment.FunctionApp.GetProperty("virtualNetworkSubnetId").GetString()!.EndsWith($"/subnets/{subnet.GetProperty("name").GetString()}", StringComparison.Ordinal));
        Assert.Equal("Microsoft.App/environments", Assert.Single(subnet.GetProperty("properties").GetProperty("delegations").EnumerateArray())
            .GetProperty("properties").GetProperty("serviceName").GetString());
        Assert.Equal(deployment.Single("Microsoft.Network/natGateways").GetProperty("id").GetString(),
            subnet.GetProperty("properties").GetProperty("natGateway").GetProperty("id").GetString());
    }

    [Fact]
    public void Every_resource_of_the_product_carries_the_name_of_the_azd_environment() =>
        Assert.All(
            Deployment.WithPlatformChoices.All.Where(resource => resource.TryGetProperty("location", out _)),
            resource => Assert.Equal(Deployment.LongName, resource.GetProperty("tags").GetProperty("azd-env-name").GetString()));

    [Fact]
    public void The_names_stay_within_what_Azure_allows()
    {
        Assert.Matches("^[a-z0-9]{3,24}$", Deployment.WithPlatformChoices.Single(Storage).GetProperty("name").GetString());
        Assert.Matches("^[a-z][a-z0-9-]{1,58}[a-z0-9]$", Deployment.WithPlatformChoices.Single("Microsoft.Web/sites").GetProperty("name").GetString());
        Assert.Matches("^[a-z][a-z0-9-]{1,22}[a-z0-9]$", Deployment.InNetwork.Single(Vault).GetProperty("name").GetString());
    }

    private static string RuleName(JsonElement rule) => rule.GetProperty("name").GetString()!.Split("-alerts-")[0];

    [GeneratedRegex(@"(?<="")(alertfunctions\.[a-z_.]+|error\.type|http\.[a-z_.]+)(?="")", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex MetricOrDimension();
}
