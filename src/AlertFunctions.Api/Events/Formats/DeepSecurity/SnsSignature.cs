using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.RegularExpressions;
using AlertFunctions.Api.Http;

namespace AlertFunctions.Api.Events.Formats.DeepSecurity;

/// <summary>
/// Checks that Amazon SNS wrote a message, a short time ago. Its certificate is vouched for by the TLS connection to Amazon's own host over which it was fetched;
/// what is left to check is that it is valid today and is one of SNS.
/// </summary>
internal sealed partial class SnsSignature(SnsEndpoints endpoints, TimeProvider time)
{
    /// <summary>SNS gives up after an hour, so what is older was recorded by somebody and is sent again.</summary>
    private static readonly TimeSpan s_maximumAge = TimeSpan.FromHours(1);

    /// <summary>Checks a message.</summary>
    /// <param name="message">The message.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    /// <returns>Null when SNS wrote it; else why it is not accepted.</returns>
    public async Task<SnsRefusal?> CheckAsync(SnsMessage message, CancellationToken cancellationToken)
    {
        DateTimeOffset now = time.GetUtcNow();
        if (message.Time is not { } signedAt || (now - signedAt).Duration() > s_maximumAge)
        {
            return new SnsRefusal($"The Timestamp is {(message.Time is { } other ? $"{other:O}" : "missing")}, but must be within an hour of the clock.");
        }

        // Version 1 is defined as SHA-1, and is what a topic uses unless it is configured for version 2.
#pragma warning disable CA5350
        HashAlgorithmName? algorithm = message.SignatureVersion switch
        {
            "1" => HashAlgorithmName.SHA1,
            "2" => HashAlgorithmName.SHA256,
            _ => null,
        };
#pragma warning restore CA5350
        if (algorithm is null)
        {
            return new SnsRefusal($"The SignatureVersion is '{JsonFields.Excerpt(message.SignatureVersion ?? "")}', but must be 1 or 2.");
        }

        (X509Certificate2? certificate, SnsRefusal? refusal) = await endpoints.FindCertificateAsync(message.CertificateAddress, cancellationToken);
        return certificate is null ? refusal
            : FaultOf(certificate, now) is { } fault ? new SnsRefusal(fault)
            : IsSignedBy(certificate, message, algorithm.Value) ? null
            : new SnsRefusal("The signature does not match the message.");
    }

    private static string? FaultOf(X509Certificate2 certificate, DateTimeOffset now) =>
        now.UtcDateTime < certificate.NotBefore.ToUniversalTime() || now.UtcDateTime > certificate.NotAfter.ToUniversalTime() ? $"The certificate of the signature is valid from {certificate.NotBefore:u} to {certificate.NotAfter:u}."
        : !CertificateName().IsMatch(certificate.GetNameInfo(X509NameType.SimpleName, forIssuer: false)) ? $"The certificate of the signature is for '{JsonFields.Excerpt(certificate.Subject)}', but must be for Amazon SNS."
        : null;

    private static bool IsSignedBy(X509Certificate2 certificate, SnsMessage message, HashAlgorithmName algorithm)
    {
        byte[] signature = new byte[message.Signature?.Length ?? 0];
        using RSA? key = certificate.GetRSAPublicKey();
        return key is not null
            && Convert.TryFromBase64String(message.Signature ?? "", signature, out int length)
            && key.VerifyData(message.Signed, signature.AsSpan(0, length), algorithm, RSASignaturePadding.Pkcs1);
    }

    /// <summary>Its name is <c>sns.amazonaws.com</c>, and in newer and in Chinese regions one with the region in it.</summary>
    [GeneratedRegex(@"^sns([.-][0-9a-z-]{1,40}){0,3}\.amazonaws\.com(\.cn)?\z", RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex CertificateName();
}
