using AlertFunctions.Core.Settings;
using AlertFunctions.Standalone;

namespace AlertFunctions.Tests.Standalone;

/// <summary>Which command lines the standalone host takes: one of which a part is passed over would start a host that is not the one that was asked for.</summary>
public sealed class CommandLineTests
{
    [Theory]
    [InlineData("-x on the command line is not known;", "-x")]
    [InlineData("-x on the command line is not known;", "-x=p4ssw0rd")]
    [InlineData("--url on the command line is not known;", "--url=http://localhost:7072")]
    [InlineData("--url on the command line is not known;", "--url", "http://localhost:7072")]
    [InlineData("--Smtp__Server on the command line is not known;", "--Smtp__Server=smtp.example.com")]
    [InlineData("--ASPNETCORE_URLS on the command line is not known;", "--ASPNETCORE_URLS=http://localhost:7072")]
    [InlineData("-- on the command line is not known;", "--", "p4ssw0rd")]
    [InlineData("/verbose on the command line is not known;", "/verbose=p4ssw0rd")]
    [InlineData("verbose on the command line is not known;", "verbose=p4ssw0rd")]
    [InlineData("Argument 3 of the command line belongs to no setting;", "--Smtp:Password", "my", "p4ssw0rd")]
    [InlineData("--urls on the command line has no value;", "--environment=Production", "--urls")]
    public void An_argument_that_nothing_reads_stops_the_start_and_no_value_is_repeated(string fault, params string[] args)
    {
        var exception = Assert.Throws<SettingsException>(() => CommandLine.Check(args));

        Assert.Equal(
            $"{fault} a setting is --NAME=VALUE or --NAME VALUE, with a colon between levels, such as --Smtp:Server=smtp.example.com.",
            Assert.Single(exception.Faults));
    }

    [Fact]
    public void All_wrong_arguments_are_named_together() =>
        Assert.Equal(["-x", "--foo", "Argument"], Assert.Throws<SettingsException>(() => CommandLine.Check(["-x=1", "--foo=1", "bar"])).Faults.Select(fault => fault.Split(' ')[0]));

    [Theory]
    [InlineData]
    [InlineData("--urls", "http://localhost:7072")]
    [InlineData("--URLS=http://localhost:7072", "/environment", "Production", "contentRoot=/app")]
    [InlineData("--environment=Production", "--contentRoot=/app", "--applicationName=AlertFunctions.Standalone")] // as test hosts give them
    [InlineData("--http_ports=8080", "--Kestrel:Endpoints:Web:Url=http://localhost:7072", "--AllowedHosts=alerts.example.com", "--Logging:LogLevel:Default=Debug")]
    [InlineData("--OTEL_EXPORTER_OTLP_ENDPOINT=http://localhost:4317", "--APPLICATIONINSIGHTS_CONNECTION_STRING=x", "--shutdownTimeoutSeconds=5")]
    [InlineData("--Smtp:Password", "-x", "--Keys:Manage=--foo")] // values
    public void What_the_host_or_NET_reads_is_taken(params string[] args) => CommandLine.Check(args);

    [Fact]
    public void Every_setting_of_the_product_can_be_given() => CommandLine.Check([.. AlertFunctionsSettings.Keys.Select(key => $"--{key}=x")]);
}
