using System.Text.Json;
using System.Text.RegularExpressions;

namespace AlertFunctions.Infra.Tests;

/// <summary>What whoever deploys may do, and gets.</summary>
public sealed partial class DeployerTests
{
    private const string StorageTableDataReader = "76199698-9eea-4c19-bc75-cec21354c6b6";

    private static readonly Lazy<string> Condition = new(() => Repository.Read("infra/deployer-condition.txt"));

    [Theory]
    [InlineData("write", "Request")]
    [InlineData("delete", "Resource")]
    public void Under_the_condition_a_deployer_gives_and_takes_exactly_the_roles_of_the_apps_identity(string action, string side)
    {
        Match clause = Assert.Single(Clause().Matches(Condition.Value), clause => clause.Groups["action"].Value == action);
        Assert.Equal((side, side), (clause.Groups["roles"].Value, clause.Groups["principals"].Value));
        Assert.Equal(
            Deployment.WithEverySetting.Roles.Select(assignment => assignment.Role).Order(StringComparer.Ordinal),
            clause.Groups["list"].Value.Split(", ").Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Under_the_condition_a_deployer_gives_no_role_to_a_person()
    {
        Assert.Equal(2, Clause().Count(Condition.Value));
        Assert.All(Clause().Matches(Condition.Value), clause => Assert.Equal("'ServicePrincipal'", clause.Groups["kinds"].Value));

        // Without its type an assignment would not meet the condition.
        Assert.All(Deployment.WithEverySetting.OfType("Microsoft.Authorization/roleAssignments"),
            assignment => Assert.Equal("ServicePrincipal", assignment.GetProperty("properties").GetProperty("principalType").GetString()));
    }

    [Fact]
    public void The_condition_is_balanced_and_joins_both_actions()
    {
        Assert.Equal(Condition.Value.Count(letter => letter == '('), Condition.Value.Count(letter => letter == ')'));
        Assert.Contains("\nAND\n(\n", Condition.Value, StringComparison.Ordinal);
    }

    [Fact]
    public void Whoever_deploys_gets_a_role_only_when_asked_and_it_only_reads_tables()
    {
        Assert.DoesNotContain("deployer()", Deployment.ByDefault.Text, StringComparison.Ordinal);

        JsonElement assignment = Assert.Single(Deployment.SpreadOverZones.OfType("Microsoft.Authorization/roleAssignments"),
            assignment => assignment.GetProperty("properties").GetProperty("principalId").GetString() == "[deployer().objectId]").GetProperty("properties");
        Assert.EndsWith($"/{StorageTableDataReader}", assignment.GetProperty("roleDefinitionId").GetString(), StringComparison.Ordinal);
    }

    [GeneratedRegex(
        @"ActionMatches\{'Microsoft\.Authorization/roleAssignments/(?<action>\w+)'\}\)\s*\)\s*OR\s*\(\s*" +
        @"@(?<roles>\w+)\[Microsoft\.Authorization/roleAssignments:RoleDefinitionId\] ForAnyOfAnyValues:GuidEquals \{(?<list>[^}]*)\}\s*AND\s*" +
        @"@(?<principals>\w+)\[Microsoft\.Authorization/roleAssignments:PrincipalType\] ForAnyOfAnyValues:StringEqualsIgnoreCase \{(?<kinds>[^}]*)\}",
        RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Clause();
}
