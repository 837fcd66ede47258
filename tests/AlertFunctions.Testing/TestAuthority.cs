using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace AlertFunctions.Testing;

/// <summary>A CA as a company has one: it issues server certificates, and says which it has revoked. Only who is given its root trusts it.</summary>
public sealed class TestAuthority : IDisposable
{
    private readonly ECDsa _key = ECDsa.Create(ECCurve.NamedCurves.nistP256);

    /// <summary>Makes the root.</summary>
    /// <param name="name">The CA's name.</param>
    public TestAuthority(string name = "Test CA")
    {
        var request = new CertificateRequest($"CN={name}", _key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: true, hasPathLengthConstraint: false, 0, critical: true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, critical: true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, critical: false));
        DateTimeOffset now = DateTimeOffset.UtcNow;
        Root = request.CreateSelfSigned(now.AddDays(-30), now.AddDays(30));
    }

    public X509Certificate2 Root { get; }

    /// <summary>A server's certificate; by default for localhost and 127.0.0.1, and valid today.</summary>
    /// <param name="hostName">The name it is for.</param>
    /// <param name="notBefore">From when.</param>
    /// <param name="notAfter">Until when.</param>
    /// <param name="revocationList">Where the list is that says whether it was revoked; null for a CA that keeps none.</param>
    public X509Certificate2 Issue(string hostName = "localhost", DateTimeOffset? notBefore = null, DateTimeOffset? notAfter = null, Uri? revocationList = null)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        CertificateRequest request = TestCertificate.Request(hostName, key);
        if (revocationList is not null)
        {
            request.CertificateExtensions.Add(CertificateRevocationListBuilder.BuildCrlDistributionPointExtension([revocationList.AbsoluteUri]));
        }

        // The validity is the real clock's, as the TLS library reads no other.
        DateTimeOffset now = DateTimeOffset.UtcNow;
        using X509Certificate2 certificate = request.Create(Root, notBefore ?? now.AddDays(-1), notAfter ?? now.AddDays(1), RandomNumberGenerator.GetBytes(8));
        using X509Certificate2 withKey = certificate.CopyWithPrivateKey(key);
        return TestCertificate.Servable(withKey);
    }

    /// <summary>The list of the certificates that were revoked.</summary>
    public byte[] RevocationList(params IEnumerable<X509Certificate2> revoked)
    {
        var list = new CertificateRevocationListBuilder();
        foreach (X509Certificate2 certificate in revoked)
        {
            list.AddEntry(certificate);
        }

        DateTimeOffset now = DateTimeOffset.UtcNow;
        return list.Build(Root, 1, now.AddDays(1), HashAlgorithmName.SHA256, thisUpdate: now.AddDays(-1));
    }

    public void Dispose()
    {
        Root.Dispose();
        _key.Dispose();
    }
}
