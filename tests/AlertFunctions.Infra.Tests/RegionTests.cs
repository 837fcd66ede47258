namespace AlertFunctions.Infra.Tests;

/// <summary>The check of the region that azd runs before it creates anything, with a stand-in for the Azure CLI.</summary>
public sealed class RegionTests : IDisposable
{
    private const string Shell = "infra/hooks/preprovision.sh";
    private const string PowerShell = "infra/hooks/preprovision.ps1";

    private readonly DirectoryInfo _tools = Directory.CreateTempSubdirectory("alertfunctions-az-");

    public void Dispose() => _tools.Delete(recursive: true);

    [Theory]
    [InlineData(Shell)]
    [InlineData(PowerShell)]
    public void A_region_with_Flex_Consumption_is_accepted_as_azd_or_the_portal_writes_it(string script)
    {
        foreach (string region in (string[])["japaneast", "Japan East"])
        {
            ScriptRun run = Check(script, "printf 'eastus\\njapaneast\\n'", ("AZURE_LOCATION", region));
            Assert.Equal((0, "japaneast offers Flex Consumption."), (run.ExitCode, run.Output.Trim()));
        }
    }

    [Theory]
    [InlineData(Shell)]
    [InlineData(PowerShell)]
    public void A_region_without_Flex_Consumption_stops_before_anything_is_created_and_is_told_which_have_it(string script)
    {
        ScriptRun run = Check(script, "printf 'westeurope\\neastus\\n'", ("AZURE_LOCATION", "japanwest"));
        Assert.Equal(1, run.ExitCode);
        Assert.Equal(
            "AZURE_LOCATION is japanwest, which does not offer Flex Consumption. Choose another region with: azd env set AZURE_LOCATION REGION. These offer it: eastus westeurope",
            run.Error.Trim());
    }

    [Theory]
    [InlineData(Shell)]
    [InlineData(PowerShell)]
    public void Zone_redundancy_asks_for_the_regions_that_have_it_in_the_subscription_that_is_deployed_to(string script)
    {
        ScriptRun run = Check(script, "printf 'eastus\\n'; echo \"$@\" > \"$(dirname \"$0\")/asked\"", ("AZURE_LOCATION", "westus"), ("ZONE_REDUNDANT", "true"), ("AZURE_SUBSCRIPTION_ID", "sub"));
        Assert.Equal(1, run.ExitCode);
        Assert.Contains("which does not offer zone-redundant Flex Consumption.", run.Error, StringComparison.Ordinal);
        Assert.Equal(
            "functionapp list-flexconsumption-locations --query [].name --output tsv --subscription sub --zone-redundant=true",
            File.ReadAllText(Path.Combine(_tools.FullName, "asked")).Trim());
    }

    [Theory]
    [InlineData(Shell, "exit 1")]
    [InlineData(PowerShell, "exit 1")]
    [InlineData(Shell, "exit 0")]
    [InlineData(PowerShell, "exit 0")]
    public void Where_nobody_can_be_asked_the_check_says_so_and_lets_the_deployment_go_on(string script, string az)
    {
        ScriptRun run = Check(script, az, ("AZURE_LOCATION", "japaneast"));
        Assert.Equal((0, "The region was not checked for Flex Consumption: the Azure CLI gave no list. Sign in with: az login"), (run.ExitCode, run.Output.Trim()));
    }

    [Theory]
    [InlineData(Shell)]
    [InlineData(PowerShell)]
    public void Before_a_region_is_chosen_there_is_nothing_to_check(string script)
    {
        ScriptRun run = Check(script, "exit 1");
        Assert.Equal((0, "The region was not checked: none has been chosen yet."), (run.ExitCode, run.Output.Trim()));
    }

    private ScriptRun Check(string script, string az, params (string Name, string Value)[] environment)
    {
        string path = Path.Combine(_tools.FullName, "az");
        File.WriteAllText(path, $"#!/bin/sh\n{az}\n");
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        }

        ScriptRun run = ScriptRun.Of(script, [], environment, _tools.FullName);
        File.Delete(path);
        return run;
    }
}
