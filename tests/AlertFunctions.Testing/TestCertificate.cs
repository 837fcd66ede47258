using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace AlertFunctions.Testing;

/// <summary>Certificates that nobody trusts, made when they are needed: no key is kept in the repository.</summary>
public static class TestCertificate
{
    private static readonly Lazy<X509Certificate2> s_loopback = new(() => Create("localhost"));

    /// <summary>For localhost and 127.0.0.1, valid, signed by itself.</summary>
    public static X509Certificate2 Loopback => s_loopback.Value;

    /// <summary>One for another name, or for another time.</summary>
    public static X509Certificate2 Create(string hostName, DateTimeOffset? notBefore = null, DateTimeOffset? notAfter = null)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);

        // The validity is the real clock's, as the TLS library reads no other.
        var now = DateTimeOffset.UtcNow;
        using var certificate = Request(hostName, key).CreateSelfSigned(notBefore ?? now.AddDays(-1), notAfter ?? now.AddDays(1));
        return Servable(certificate);
    }

    internal static CertificateRequest Request(string hostName, ECDsa key)
    {
        var request = new CertificateRequest($"CN={hostName}", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName(hostName);
        if (hostName == "localhost")
        {
            names.AddIpAddress(IPAddress.Loopback);
        }

        request.CertificateExtensions.Add(names.Build());
        return request;
    }

    /// <summary>A certificate with its key as every system can serve it: Windows cannot serve TLS with a key that exists in memory only.</summary>
    internal static X509Certificate2 Servable(X509Certificate2 certificate) => X509CertificateLoader.LoadPkcs12(certificate.Export(X509ContentType.Pkcs12), password: null);
}
