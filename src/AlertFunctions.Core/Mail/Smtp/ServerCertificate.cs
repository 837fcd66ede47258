using System.Globalization;
using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace AlertFunctions.Core.Mail.Smtp;

/// <summary>
/// Decides on a server's certificate, and says what is wrong with it. One whose revocation could not be checked – its CA names no list, or a
/// firewall stands before it – is accepted: nobody has revoked it, and a company's own relay could not be used otherwise.
/// </summary>
/// <param name="host">The name that the certificate must be for.</param>
/// <param name="trustedRoots">The roots to trust; null for the system's.</param>
public sealed class ServerCertificate(string host, X509Certificate2Collection? trustedRoots)
{
    private const X509ChainStatusFlags NotChecked = X509ChainStatusFlags.RevocationStatusUnknown | X509ChainStatusFlags.OfflineRevocation;
    private const string ServerAuthentication = "1.3.6.1.5.5.7.3.1";

    /// <summary>The maximum number of a certificate's names that a reason lists.</summary>
    private const int MaximumNames = 5;

    /// <summary>How long fetching revocation lists may take; the system's own 15 seconds would be half of the deadline, in every connection.</summary>
    private static readonly TimeSpan s_fetchTime = TimeSpan.FromSeconds(3);

    /// <summary>Why the certificate was refused, or null.</summary>
    public FailureReason? Refusal { get; private set; }

    /// <summary>Decides: the callback of a TLS handshake.</summary>
    /// <param name="sender">Not used.</param>
    /// <param name="certificate">The server's certificate.</param>
    /// <param name="presented">The chain that came with it.</param>
    /// <param name="errors">What the handshake found; of it only whether the name fits, since the chain is built anew.</param>
    public bool Accept(object sender, X509Certificate? certificate, X509Chain? presented, SslPolicyErrors errors)
    {
        if (certificate is null)
        {
            Refusal = FailureReason.Of("ReasonNoCertificate");
            return false;
        }

        using X509Certificate2 own = X509CertificateLoader.LoadCertificate(certificate.GetRawCertData());
        List<FailureReason> faults = FaultsOfChain(own, presented);
        if (errors.HasFlag(SslPolicyErrors.RemoteCertificateNameMismatch))
        {
            faults.Add(FailureReason.Of("ReasonCertificateName", ("names", NamesIn(own)), ("host", host)));
        }

        Refusal = faults.Count == 0 ? null : FailureReason.Join(faults);
        return Refusal is null;
    }

    private List<FailureReason> FaultsOfChain(X509Certificate2 certificate, X509Chain? presented)
    {
        using var chain = new X509Chain();
        chain.ChainPolicy.RevocationMode = X509RevocationMode.Online;
        chain.ChainPolicy.UrlRetrievalTimeout = s_fetchTime;
        chain.ChainPolicy.ApplicationPolicy.Add(new Oid(ServerAuthentication));
        if (presented is not null)
        {
            chain.ChainPolicy.ExtraStore.AddRange(presented.ChainPolicy.ExtraStore);
        }

        if (trustedRoots is not null)
        {
            chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
            chain.ChainPolicy.CustomTrustStore.AddRange(trustedRoots);
        }

        try
        {
            return chain.Build(certificate) ? [] : Faults(chain);
        }
        finally
        {
            foreach (X509ChainElement element in chain.ChainElements)
            {
                element.Certificate.Dispose();
            }
        }
    }

    private static List<FailureReason> Faults(X509Chain chain)
    {
        X509ChainStatusFlags found = chain.ChainStatus.Aggregate(X509ChainStatusFlags.NoError, (all, status) => all | status.Status) & ~NotChecked;
        var faults = new List<FailureReason>();
        if (found.HasFlag(X509ChainStatusFlags.Revoked))
        {
            faults.Add(FailureReason.Of("ReasonCertificateRevoked", ("subject", SubjectOf(With(chain, X509ChainStatusFlags.Revoked)))));
        }

        if (found.HasFlag(X509ChainStatusFlags.NotTimeValid))
        {
            X509Certificate2 untimely = With(chain, X509ChainStatusFlags.NotTimeValid);
            bool early = untimely.NotBefore > DateTime.Now; // the real clock, as the TLS library reads no other
            faults.Add(FailureReason.Of(
                early ? "ReasonCertificateNotYetValid" : "ReasonCertificateExpired",
                ("subject", SubjectOf(untimely)),
                ("time", (early ? untimely.NotBefore : untimely.NotAfter).ToUniversalTime().ToString("yyyy-MM-dd HH:mm'Z'", CultureInfo.InvariantCulture))));
        }

        if ((found & (X509ChainStatusFlags.UntrustedRoot | X509ChainStatusFlags.PartialChain)) != X509ChainStatusFlags.NoError)
        {
            X509Certificate2 last = chain.ChainElements[^1].Certificate;
            bool selfSigned = chain.ChainElements.Count == 1 && last.SubjectName.RawData.AsSpan().SequenceEqual(last.IssuerName.RawData);
            faults.Add(selfSigned
                ? FailureReason.Of("ReasonCertificateSelfSigned")
                : FailureReason.Of("ReasonCertificateUntrusted", ("issuer", last.GetNameInfo(X509NameType.SimpleName, forIssuer: true))));
        }

        if (faults.Count == 0 && found != X509ChainStatusFlags.NoError)
        {
            faults.Add(FailureReason.Of("ReasonCertificateNotValid", ("reason", string.Join("; ", chain.ChainStatus.Where(status => (status.Status & ~NotChecked) != X509ChainStatusFlags.NoError).Select(status => status.StatusInformation.Trim())))));
        }

        return faults;
    }

    /// <summary>The certificate of the chain that a fault is in.</summary>
    private static X509Certificate2 With(X509Chain chain, X509ChainStatusFlags fault) =>
        (chain.ChainElements.FirstOrDefault(element => element.ChainElementStatus.Any(status => status.Status.HasFlag(fault))) ?? chain.ChainElements[0]).Certificate;

    private static string SubjectOf(X509Certificate2 certificate) => certificate.GetNameInfo(X509NameType.SimpleName, forIssuer: false);

    /// <summary>The names that a certificate is for; where it has none of today's kind, its subject's.</summary>
    private static string NamesIn(X509Certificate2 certificate)
    {
        List<string> names = certificate.Extensions.OfType<X509SubjectAlternativeNameExtension>()
            .SelectMany(names => names.EnumerateDnsNames().Concat(names.EnumerateIPAddresses().Select(address => $"{address}")))
            .Take(MaximumNames)
            .ToList();
        return names.Count == 0 ? SubjectOf(certificate) : string.Join(", ", names);
    }
}
