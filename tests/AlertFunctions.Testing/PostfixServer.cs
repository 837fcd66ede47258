using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace AlertFunctions.Testing;

/// <summary>
/// A Postfix, as most companies' relays are one: with TLS, Cyrus SASL and restrictions of its own, in a folder of its own. It takes mail for
/// <c>example.com</c> and delivers nothing. Only root can start it.
/// </summary>
public sealed class PostfixServer : IAsyncLifetime
{
    /// <summary>The sender whom it refuses.</summary>
    public const string RefusedSender = "refused@example.com";

    /// <summary>The recipient whose mail it puts off, as greylisting does.</summary>
    public const string GreylistedRecipient = "grey@example.com";

    public const string UserName = "alerts@mail.example.com";
    public const string Password = "secret";

    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(2);

    private DirectoryInfo? _folder;
    private Process? _process;

    /// <summary>The root that its certificate comes from.</summary>
    public TestAuthority Authority { get; } = new();

    /// <summary>Takes plain text and STARTTLS.</summary>
    public int Port { get; } = FreePort.Choose();

    /// <summary>Takes TLS on connect.</summary>
    public int TlsPort { get; } = FreePort.Choose();

    /// <summary>Allows one connection, and refuses a sender at MAIL FROM rather than at RCPT TO.</summary>
    public int StrictPort { get; } = FreePort.Choose();

    /// <summary>Refuses mail that is larger than two thousand bytes, as every mail of the product is.</summary>
    public int SmallPort { get; } = FreePort.Choose();

    /// <summary>Skips the calling test where there is no Postfix to start.</summary>
    public static void SkipTestWithoutPostfix() => Assert.SkipWhen(WhyUnavailable is not null, WhyUnavailable ?? "");

    private static string? WhyUnavailable { get; } =
        !OperatingSystem.IsLinux() || !File.Exists("/usr/sbin/postfix") || !File.Exists("/usr/sbin/saslpasswd2") ? "Needs Postfix and Cyrus SASL: apt-get install postfix sasl2-bin libsasl2-modules."
        : !Environment.IsPrivilegedProcess ? "Only root can start Postfix."
        : null;

    public async ValueTask InitializeAsync()
    {
        if (WhyUnavailable is not null)
        {
            return; // each test says so
        }

        _folder = Directory.CreateTempSubdirectory("alertfunctions-postfix-");
        string configuration = _folder.CreateSubdirectory("etc").FullName;
        _folder.CreateSubdirectory("etc/sasl");
        _folder.CreateSubdirectory("spool");
        await WriteConfigurationAsync(configuration);

        // Postfix's own user goes through the folder. It runs until the pipe is closed, and so ends with the tests even if they are killed.
        const string Script = """
            chmod 755 "$0" && chmod 600 "$0/etc/server.pem" && chown postfix "$0/data"
            printf %s "$2" | saslpasswd2 -p -c -f "$0/etc/sasl/sasldb2" -u "${1#*@}" "${1%@*}" && chgrp postfix "$0/etc/sasl/sasldb2" && chmod 640 "$0/etc/sasl/sasldb2"
            postfix -c "$0/etc" start && echo started && read -r _
            postfix -c "$0/etc" stop
            """;
        _folder.CreateSubdirectory("data");
        _process = new Process
        {
            StartInfo = new ProcessStartInfo("/bin/sh", ["-c", Script, _folder.FullName, UserName, Password])
            {
                RedirectStandardInput = true,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
                UseShellExecute = false,
            },
        };
        _process.ErrorDataReceived += (_, _) => { };
        _process.Start();
        _process.BeginErrorReadLine();
        if (await _process.StandardOutput.ReadLineAsync().WaitAsync(s_patience) != "started")
        {
            throw new InvalidOperationException($"Postfix did not start: {await ReadLogAsync()}");
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_process is not null)
        {
            _process.StandardInput.Close();
            await _process.WaitForExitAsync().WaitAsync(s_patience);
        }

        _process?.Dispose();
        _folder?.Delete(recursive: true);
        Authority.Dispose();
    }

    private async Task<string> ReadLogAsync()
    {
        string log = Path.Combine(_folder!.FullName, "log");
        return File.Exists(log) ? await File.ReadAllTextAsync(log) : "it wrote no log.";
    }

    private async Task WriteConfigurationAsync(string folder)
    {
        using X509Certificate2 certificate = Authority.Issue();
        using ECDsa key = certificate.GetECDsaPrivateKey()!;
        await WriteAsync("server.pem", $"{key.ExportPkcs8PrivateKeyPem()}\n{certificate.ExportCertificatePem()}\n");
        await WriteAsync("sasl/smtpd.conf", $"""
            pwcheck_method: auxprop
            auxprop_plugin: sasldb
            sasldb_path: {folder}/sasl/sasldb2
            mech_list: PLAIN LOGIN SCRAM-SHA-256 CRAM-MD5 NTLM

            """);
        await WriteAsync("main.cf", $$"""
            compatibility_level = 3.6
            queue_directory = {{_folder}}/spool
            data_directory = {{_folder}}/data
            maillog_file = {{_folder}}/log
            maillog_file_prefixes = {{_folder}}
            myhostname = mail.example.com
            mydestination =
            mynetworks =
            inet_interfaces = 127.0.0.1
            inet_protocols = ipv4
            alias_maps =
            default_transport = discard
            virtual_mailbox_domains = example.com
            virtual_mailbox_maps = static:anybody
            virtual_transport = discard
            smtpd_tls_security_level = may
            smtpd_tls_chain_files = {{folder}}/server.pem
            smtpd_sasl_auth_enable = yes
            cyrus_sasl_config_path = {{folder}}/sasl
            smtpd_sender_restrictions = check_sender_access inline:{ { {{RefusedSender}} = REJECT not you } }
            smtpd_recipient_restrictions = check_recipient_access inline:{ { {{GreylistedRecipient}} = 450 4.2.0 Greylisted } }

            """);
        string settings = string.Create(CultureInfo.InvariantCulture, $$"""
            127.0.0.1:{{Port}} inet n - n - - smtpd
            127.0.0.1:{{TlsPort}} inet n - n - - smtpd -o smtpd_tls_wrappermode=yes
            127.0.0.1:{{StrictPort}} inet n - n - - smtpd
              -o smtpd_client_connection_count_limit=1 -o smtpd_client_event_limit_exceptions= -o smtpd_delay_reject=no
            127.0.0.1:{{SmallPort}} inet n - n - - smtpd -o message_size_limit=2000
            cleanup unix n - n - 0 cleanup
            qmgr unix n - n 300 1 qmgr
            rewrite unix - - n - - trivial-rewrite
            bounce unix - - n - 0 bounce
            defer unix - - n - 0 bounce
            trace unix - - n - 0 bounce
            proxymap unix - - n - - proxymap
            tlsmgr unix - - n 1000? 1 tlsmgr
            anvil unix - - n - 1 anvil
            error unix - - n - - error
            retry unix - - n - - error
            discard unix - - n - - discard
            postlog unix-dgram n - n - 1 postlogd

            """);
        await WriteAsync("master.cf", settings);

        Task WriteAsync(string name, string text) => File.WriteAllTextAsync(Path.Combine(folder, name), text);
    }
}
