using System.Globalization;
using AlertFunctions.Core.Settings;
using AlertFunctions.Core.Texts;
using Microsoft.Extensions.Configuration;

namespace AlertFunctions.Tests.Settings;

/// <summary>What the configuration may say, and how a wrong one is refused.</summary>
public sealed class SettingsTests
{
    [Fact]
    public void The_defaults_are_those_of_the_documentation()
    {
        AlertFunctionsSettings settings = Read();

        Assert.False(settings.Smtp.IsConfigured);
        Assert.Equal((SmtpSecurity.StartTls, SmtpAuthentication.None, 3, TimeSpan.FromSeconds(30)), (settings.Smtp.Security, settings.Smtp.Authentication, settings.Smtp.MaxConnections, settings.Smtp.Timeout));
        Assert.Equal("https://outlook.office365.com/.default", settings.Smtp.OAuth2Scope);
        Assert.Equal((MailCulture.Ja, "Asia/Tokyo", null, null, TimeSpan.Zero), (settings.Mail.Culture, settings.Mail.TimeZone.Id, settings.Mail.AlertEmailAddress, settings.Mail.ConsoleUrl, settings.Mail.Collect));
        Assert.Equal(TimeSpan.FromDays(90), settings.Events.Retention);
        Assert.Equal("UTC", Read(("Mail:Culture", "en")).Mail.TimeZone.Id);
    }

    [Theory]
    [InlineData("smtp.example.com", null, "smtp.example.com", 587, SmtpSecurity.StartTls)]
    [InlineData("smtp.example.com:465", null, "smtp.example.com", 465, SmtpSecurity.Tls)]
    [InlineData("smtp.example.com:2525", null, "smtp.example.com", 2525, SmtpSecurity.StartTls)]
    [InlineData("smtp.example.com", "None", "smtp.example.com", 25, SmtpSecurity.None)]
    [InlineData("smtp.example.com", "tls", "smtp.example.com", 465, SmtpSecurity.Tls)]
    [InlineData("192.0.2.1:25", "None", "192.0.2.1", 25, SmtpSecurity.None)]
    [InlineData("[2001:db8::1]:587", null, "2001:db8::1", 587, SmtpSecurity.StartTls)]
    [InlineData(" smtp.example.com ", null, "smtp.example.com", 587, SmtpSecurity.StartTls)]
    public void A_server_is_a_host_with_or_without_a_port(string server, string? security, string host, int port, SmtpSecurity expected)
    {
        SmtpSettings smtp = Read(("Smtp:Server", server), ("Smtp:From", "a@example.com"), ("Smtp:Security", security)).Smtp;

        Assert.Equal((host, port, expected), (smtp.Host!.Trim('[', ']'), smtp.Port, smtp.Security));
    }

    [Theory]
    [InlineData("Smtp:Server", "smtp://smtp.example.com")]
    [InlineData("Smtp:Server", "smtp.example.com:")]
    [InlineData("Smtp:Server", "smtp.example.com:0")]
    [InlineData("Smtp:Server", "smtp.example.com:65536")]
    [InlineData("Smtp:Server", "smtp.example.com:x")]
    [InlineData("Smtp:Server", "a b")]
    [InlineData("Smtp:From", "alerts")]
    [InlineData("Smtp:From", "花子@example.com")]
    [InlineData("Smtp:From", "a@example.com, b@example.com")]
    [InlineData("Smtp:From", "Bob <b@x")]
    [InlineData("Smtp:BounceAddress", "<>")]
    [InlineData("Smtp:BounceAddress", "Bounces <bounces@example.com>")]
    [InlineData("Smtp:Security", "Auto")]
    [InlineData("Smtp:Security", "1")]
    [InlineData("Smtp:Authentication", "Basic")]
    [InlineData("Smtp:MaxConnections", "0")]
    [InlineData("Smtp:MaxConnections", "33")]
    [InlineData("Smtp:TimeoutSeconds", "4")]
    [InlineData("Smtp:TimeoutSeconds", "121")]
    [InlineData("Smtp:TimeoutSeconds", "30.5")]
    [InlineData("Mail:Culture", "fr")]
    [InlineData("Mail:TimeZone", "Asia/Kyoto")]
    [InlineData("Mail:TimeZone", "Tokyo Standard Time")]
    [InlineData("Mail:AlertEmailAddress", "ops")]
    [InlineData("Mail:AlertEmailAddress", "a@example.com, b@example.com")]
    [InlineData("Mail:AlertEmailAddress", "Ops <ops@example.com>")]
    [InlineData("Mail:ConsoleUrl", "alerts.example.com")]
    [InlineData("Mail:ConsoleUrl", "javascript:alert(1)")]
    [InlineData("Mail:CollectSeconds", "61")]
    [InlineData("Mail:CollectSeconds", "-1")]
    [InlineData("Events:RetentionDays", "0")]
    [InlineData("AzureWebJobsStorage:credential", "key")]
    [InlineData("OTEL_EXPORTER_OTLP_ENDPOINT", "localhost:4317")]
    [InlineData("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "/v1/traces")]
    public void A_wrong_setting_stops_the_start_and_the_message_names_it_and_what_it_accepts(string key, string value)
    {
        var exception = Assert.Throws<SettingsException>(() => Read((key, value)));

        string fault = Assert.Single(exception.Faults);
        Assert.StartsWith(key.Replace(":", "__", StringComparison.Ordinal) + " is ", fault, StringComparison.Ordinal);
        Assert.Contains(value, fault, StringComparison.Ordinal);
        Assert.Contains("must be", fault, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true, "ja-JP", MailCulture.Ja)]
    [InlineData(true, "ja", MailCulture.Ja)]
    [InlineData(true, "de-DE", MailCulture.En)]
    [InlineData(true, "", MailCulture.En)]
    [InlineData(false, "en-US", MailCulture.Ja)]
    [InlineData(false, "ja-JP", MailCulture.Ja)]
    public void Without_a_language_a_developer_s_machine_speaks_its_own_and_every_other_Japanese(bool isDevelopment, string ofMachine, MailCulture expected)
    {
        MailCulture system = SystemCulture.Of(isDevelopment, new CultureInfo(ofMachine));

        Assert.Equal(expected, system);
        Assert.Equal(expected, Read(system).Mail.Culture);
        Assert.Equal(expected == MailCulture.Ja ? "Asia/Tokyo" : "UTC", Read(system).Mail.TimeZone.Id);
        Assert.Equal(MailCulture.En, Read(system, ("Mail:Culture", "en")).Mail.Culture);
        Assert.Equal(MailCulture.Ja, Read(system, ("Mail:Culture", "ja")).Mail.Culture);
    }

    [Fact]
    public void A_reference_that_was_not_resolved_hides_no_other_fault_and_makes_none()
    {
        var exception = Assert.Throws<SettingsException>(() => Read(
            ("AzureWebJobsStorage", "@Microsoft.KeyVault(SecretUri=https://vault.example/secrets/x)"),
            ("Smtp:Server", "smtp.example.com"),
            ("Smtp:From", "@Microsoft.KeyVault(SecretUri=https://vault.example/secrets/y)"),
            ("Smtp:MaxConnections", "33"),
            ("Mail:Culture", "fr")));

        Assert.Equal(["AzureWebJobsStorage", "Smtp__From", "Smtp__MaxConnections", "Mail__Culture"], exception.Faults.Select(fault => fault.Split(' ')[0]));
    }

    [Fact]
    public void All_wrong_settings_are_named_together_and_no_password_is()
    {
        var exception = Assert.Throws<SettingsException>(() => Read(
            ("AzureWebJobsStorage", ""),
            ("Smtp:Server", "smtp.example.com"),
            ("Smtp:Security", "None"),
            ("Smtp:Authentication", "Password"),
            ("Smtp:Password", "p4ssw0rd")));

        Assert.Equal(["AzureWebJobsStorage", "Smtp__From", "Smtp__UserName", "Smtp__Security"], exception.Faults.Select(fault => fault.Split(' ')[0]));
        Assert.DoesNotContain("p4ssw0rd", exception.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Smtp:Server", "user:p4ssw0rd@smtp.example.com")]
    [InlineData("Smtp:Server", "smtp://user:p4ssw0rd@smtp.example.com:587")]
    [InlineData("Smtp:Server", "p4ssw0rd@smtp.example.com")]
    [InlineData("Mail:ConsoleUrl", "https://user:p4ssw0rd@alerts.example.com")]
    [InlineData("Mail:ConsoleUrl", "https://alerts.example.com/?code=p4ssw0rd")]
    [InlineData("AzureWebJobsStorage:tableServiceUri", "http://account.table.core.windows.net/?sig=p4ssw0rd")]
    public void A_wrong_setting_that_may_hold_a_secret_is_named_and_not_repeated(string key, string value)
    {
        var exception = Assert.Throws<SettingsException>(() => Read((key, value), ("AzureWebJobsStorage", key.StartsWith("Azure", StringComparison.Ordinal) ? "" : "UseDevelopmentStorage=true")));

        Assert.StartsWith(key.Replace(":", "__", StringComparison.Ordinal) + " is ", Assert.Single(exception.Faults), StringComparison.Ordinal);
        Assert.Contains("must be", exception.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("p4ssw0rd", exception.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(" p4ss w0rd ", " p4ss w0rd ")]
    [InlineData("p4ssw0rd\n", "p4ssw0rd")]
    [InlineData("p4ssw0rd\r\n", "p4ssw0rd")]
    [InlineData("p4ssw0rd \n\n", "p4ssw0rd \n")]
    [InlineData("\n", null)]
    public void A_password_keeps_its_spaces_but_not_the_line_break_at_the_end_of_its_file(string given, string? password) =>
        Assert.Equal(password, Read(("Smtp:Password", given), ("Smtp:UserName", "alerts"), ("Smtp:Authentication", password is null ? "None" : "Password")).Smtp.Password);

    [Theory]
    [InlineData("Smtp:Password")]
    [InlineData("Smtp:Server")]
    [InlineData("Mail:AlertEmailAddress")]
    [InlineData("AzureWebJobsStorage")]
    [InlineData("Keys:Manage")]
    public void A_Key_Vault_reference_that_was_not_resolved_stops_the_start(string key)
    {
        var exception = Assert.Throws<SettingsException>(() => Read((key, "@Microsoft.KeyVault(SecretUri=https://vault.example/secrets/x)")));

        Assert.StartsWith($"{key.Replace(":", "__", StringComparison.Ordinal)} is a Key Vault reference that was not resolved.", Assert.Single(exception.Faults), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Smtp:Sever", "Smtp__Server")]
    [InlineData("Smtp:maxconnection", "Smtp__MaxConnections")]
    [InlineData("Smtp:OAuth2:Scopes", "Smtp__OAuth2__Scope")]
    [InlineData("Mail:AlertMailAddress", "Mail__AlertEmailAddress")]
    [InlineData("Events:Retention", "Events__RetentionDays")]
    [InlineData("Keys:Event", "Keys__Events")]
    [InlineData("Keys:Manage:0", "Keys__Manage")]
    public void An_unknown_setting_stops_the_start_with_the_nearest_known_name(string key, string nearest)
    {
        string fault = Assert.Single(Assert.Throws<SettingsException>(() => Read((key, "p4ssw0rd"))).Faults);

        Assert.Equal($"{key.Replace(":", "__", StringComparison.Ordinal)} is not known; the nearest setting is {nearest}.", fault);
    }

    [Fact]
    public void What_only_looks_like_a_section_of_the_product_is_left_alone() =>
        Assert.Equal(MailCulture.Ja, Read(("MAIL", "/var/mail/root"), ("Mailer:Path", "x"), ("Keys:Read", "key")).Mail.Culture);

    [Theory]
    [InlineData(null)]
    [InlineData("OAuth2")]
    public void A_password_that_nothing_uses_stops_the_start(string? authentication)
    {
        string fault = Assert.Single(Assert.Throws<SettingsException>(() => Read(("Smtp:Authentication", authentication), ("Smtp:UserName", authentication is null ? null : "alerts"), ("Smtp:Password", "p4ssw0rd"))).Faults);

        Assert.StartsWith("Smtp__Password is set, but not used", fault, StringComparison.Ordinal);
        Assert.DoesNotContain("p4ssw0rd", fault, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Smtp", "Smtp__Server")]
    [InlineData("smtp", "Smtp__Server")]
    [InlineData("Mail", "Mail__Culture")]
    [InlineData("Events", "Events__RetentionDays")]
    [InlineData("Keys", "Keys__Events")]
    public void A_value_of_a_section_itself_stops_the_start_with_a_setting_that_belongs_to_it(string section, string setting)
    {
        string fault = Assert.Single(Assert.Throws<SettingsException>(() => Read((section, "p4ssw0rd"))).Faults);

        Assert.Equal($"{section} is a section, which has no value of its own; set what belongs to it, such as {setting}.", fault);
    }

    [Theory]
    [InlineData("Logging:LogLevel:Default", "Loud")]
    [InlineData("Logging:LogLevel:Default", "9")]
    [InlineData("Logging:LogLevel:Default", "1")]
    [InlineData("Logging:LogLevel:Default", "Information,Debug")]
    [InlineData("Logging:loglevel:Default", "Loud")]
    [InlineData("Logging:LogLevel:Microsoft:AspNetCore", "Loud")]
    [InlineData("Logging:Console:LogLevel:Microsoft.AspNetCore", "Loud")]
    public void A_wrong_log_level_stops_the_start_by_its_name(string key, string level) => Assert.Equal(
        $"{key.Replace(":", "__", StringComparison.Ordinal)} is '{level}', but must be one of Trace, Debug, Information, Warning, Error, Critical, None.",
        Assert.Single(Assert.Throws<SettingsException>(() => Read((key, level))).Faults));

    [Theory]
    [InlineData("Logging:LogLevel")]
    [InlineData("Logging:Console:LogLevel")]
    public void A_log_level_of_nothing_stops_the_start(string key)
    {
        string setting = key.Replace(":", "__", StringComparison.Ordinal);

        Assert.Equal($"{setting} is a section, which has no value of its own; the level of everything is {setting}__Default.", Assert.Single(Assert.Throws<SettingsException>(() => Read((key, "Debug"))).Faults));
    }

    [Theory]
    [InlineData("Logging:LogLevel:Default", "none")]
    [InlineData("Logging:Console:LogLevel:Microsoft.AspNetCore", " Debug ")]
    [InlineData("Logging:LogLevel:Default", "")]
    [InlineData("Logging:Console:FormatterOptions:LogLevel", "9")] // of a program that writes logs
    public void A_log_level_is_a_name_or_blank_and_other_settings_of_logging_are_left_alone(string key, string level) => Assert.NotNull(Read((key, level)));

    [Theory]
    [InlineData("garbage", "a part that no connection string has")]
    [InlineData("c2VjcmV0LWtleQ==", "a part that no connection string has")]
    [InlineData("https://account.blob.core.windows.net/?sv=2024&sig=c2VjcmV0", "a part that no connection string has")]
    [InlineData("AccountName=account;AccountKey=not Base64 c2VjcmV0", "AccountKey that is not Base64")]
    [InlineData("AccountName=account;AccountKey=", "AccountKey that is not Base64")]
    [InlineData("AccountKey=c2VjcmV0", "no AccountName")]
    [InlineData("DefaultEndpointsProtocol=https;AccountName=account", "neither AccountKey nor SharedAccessSignature")]
    [InlineData("BlobEndpoint=https://account.blob.core.windows.net;SharedAccessSignature=sv=2024&ss=b&sig=c2VjcmV0", "ss=bqt")]
    [InlineData("BlobEndpoint=https://account.blob.core.windows.net;SharedAccessSignature=sv=2024&sr=c&sig=c2VjcmV0", "ss=bqt")]
    [InlineData("BlobEndpoint=https://account.blob.core.windows.net;SharedAccessSignature=sv=2024&ss=bqt&sig=c2VjcmV0", "cannot be read")]
    [InlineData("AccountName=account;AccountKey=c2VjcmV0;TableEndpoint=nowhere", "cannot be read")]
    [InlineData("UseDevelopmentStorage=maybe", "cannot be read")]
    public void A_wrong_connection_string_stops_the_start_and_is_never_repeated(string value, string says)
    {
        string fault = Assert.Single(Assert.Throws<SettingsException>(() => Read(("AzureWebJobsStorage", value))).Faults);

        Assert.StartsWith("AzureWebJobsStorage ", fault, StringComparison.Ordinal);
        Assert.Contains(says, fault, StringComparison.Ordinal);
        Assert.DoesNotContain("c2VjcmV0", fault, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("UseDevelopmentStorage=true;")]
    [InlineData("DefaultEndpointsProtocol=https;AccountName=account;AccountKey=c2VjcmV0;EndpointSuffix=core.windows.net")]
    [InlineData("AccountName=account;AccountKey=c2VjcmV0;TableEndpoint=http://127.0.0.1:10002/account;QueueEndpoint=http://127.0.0.1:10001/account;BlobEndpoint=http://127.0.0.1:10000/account")]
    [InlineData("BlobEndpoint=https://a.blob.core.windows.net;QueueEndpoint=https://a.queue.core.windows.net;TableEndpoint=https://a.table.core.windows.net;SharedAccessSignature=sv=2024-11-04&ss=bqt&srt=sco&sp=rwdlacup&sig=c2VjcmV0")]
    public void A_connection_string_that_opens_all_services_is_accepted(string value) => Assert.Equal(value, Read(("AzureWebJobsStorage", value)).Storage.ConnectionString);

    [Theory]
    [InlineData("127.0.0.1:25")]
    [InlineData("localhost:25")]
    [InlineData("[::1]:25")]
    public void A_password_may_travel_in_plain_text_on_loopback_only(string server)
    {
        Assert.Equal(SmtpSecurity.None, Read(("Smtp:Server", server), ("Smtp:From", "a@example.com"), ("Smtp:Security", "None"), ("Smtp:Authentication", "Password"), ("Smtp:UserName", "u"), ("Smtp:Password", "p")).Smtp.Security);
    }

    [Fact]
    public void The_console_s_address_comes_from_where_the_app_is_found_unless_it_is_set()
    {
        Assert.Equal("https://app.azurewebsites.net", Read(("WEBSITE_HOSTNAME", "app.azurewebsites.net")).Mail.ConsoleUrl);
        Assert.Equal("http://localhost:7071", Read(("WEBSITE_HOSTNAME", "localhost:7071")).Mail.ConsoleUrl);
        Assert.Equal("https://alerts.example.com", Read(("WEBSITE_HOSTNAME", "app.azurewebsites.net"), ("Mail:ConsoleUrl", "https://alerts.example.com/")).Mail.ConsoleUrl);
    }

    [Fact]
    public void Storage_is_a_connection_string_or_an_account_with_an_identity()
    {
        StorageSettings storage = Read(("AzureWebJobsStorage", ""), ("AzureWebJobsStorage:accountName", "acct"), ("AzureWebJobsStorage:credential", "managedidentity"), ("AzureWebJobsStorage:clientId", "id")).Storage;

        Assert.Equal((null, true, "id"), (storage.ConnectionString, storage.UseManagedIdentity, storage.ClientId));
        Assert.Equal("https://acct.table.core.windows.net/", $"{storage.TableServiceUri}");
        Assert.Contains("AzureWebJobsStorage__queueServiceUri", Assert.Throws<SettingsException>(() => Read(("AzureWebJobsStorage", ""), ("AzureWebJobsStorage:queueServiceUri", "http://x"))).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Bad Name!")]
    [InlineData("Account")]
    [InlineData("https://account.table.core.windows.net")]
    [InlineData("ab")]
    [InlineData("a234567890123456789012345")]
    public void A_wrong_name_of_the_storage_account_is_named_and_nothing_that_nobody_set(string name)
    {
        string fault = Assert.Single(Assert.Throws<SettingsException>(() => Read(("AzureWebJobsStorage", ""), ("AzureWebJobsStorage:accountName", name))).Faults);

        Assert.Equal("AzureWebJobsStorage__accountName must be the name of a storage account: 3 to 24 lower-case letters and digits.", fault);
    }

    private static AlertFunctionsSettings Read(params (string Key, string? Value)[] settings) => Read(MailCulture.Ja, settings);

    private static AlertFunctionsSettings Read(MailCulture systemCulture, params (string Key, string? Value)[] settings)
    {
        var all = new Dictionary<string, string?>(StringComparer.OrdinalIgnoreCase) { ["AzureWebJobsStorage"] = "UseDevelopmentStorage=true" };
        foreach ((string key, string? value) in settings)
        {
            all[key] = value;
        }

        return AlertFunctionsSettings.Read(new ConfigurationBuilder().AddInMemoryCollection(all).Build(), systemCulture);
    }
}
