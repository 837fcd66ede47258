using System.Collections.Concurrent;
using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.RegularExpressions;
using AlertFunctions.Api.Http;

namespace AlertFunctions.Api.Events.Formats.DeepSecurity;

/// <summary>
/// What is asked of Amazon SNS itself. The addresses come from a message that anybody may have written, so only its own hosts are ever asked, over https and
/// without following redirects: the product is not to fetch what others choose.
/// </summary>
internal sealed partial class SnsEndpoints(IHttpClientFactory clients)
{
    /// <summary>A region has one certificate at a time.</summary>
    private const int MaximumCertificates = 16;

    private const string ConfirmingAction = "Action=ConfirmSubscription";

    private readonly ConcurrentDictionary<Uri, X509Certificate2> _certificates = new();

    /// <summary>The certificate at an address.</summary>
    /// <param name="address">The address that a message names.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    /// <returns>The certificate, or why there is none.</returns>
    public async Task<(X509Certificate2? Certificate, SnsRefusal? Refusal)> FindCertificateAsync(string? address, CancellationToken cancellationToken)
    {
        // The path too: another answer of the service can hold text that a stranger wrote, and so a stranger's certificate.
        if (AddressOf(address) is not { Query: "" } uri || !CertificatePath().IsMatch(uri.AbsolutePath))
        {
            return (null, new SnsRefusal($"The SigningCertURL is '{JsonFields.Excerpt(address ?? "")}', but must be https://sns.REGION.amazonaws.com/SimpleNotificationService-….pem (or amazonaws.com.cn)."));
        }

        if (_certificates.TryGetValue(uri, out X509Certificate2? known))
        {
            return (known, null);
        }

        (string? text, SnsRefusal? refusal) = await GetAsync(uri, cancellationToken);
        if (text is null)
        {
            return (null, refusal);
        }

        X509Certificate2 certificate;
        try
        {
            certificate = X509Certificate2.CreateFromPem(text);
        }
        catch (CryptographicException)
        {
            return (null, new SnsRefusal($"At {uri} is no certificate."));
        }

        if (_certificates.Count >= MaximumCertificates)
        {
            _certificates.Clear();
        }

        return (_certificates.GetOrAdd(uri, certificate), null);
    }

    /// <summary>Confirms a subscription.</summary>
    /// <param name="address">The address that a message names, whose signature was checked.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    /// <returns>Null; or why it could not be confirmed.</returns>
    public async Task<SnsRefusal?> ConfirmAsync(string? address, CancellationToken cancellationToken) =>
        AddressOf(address) is { AbsolutePath: "/" } uri && uri.Query.TrimStart('?').Split('&').Contains(ConfirmingAction, StringComparer.Ordinal)
            ? (await GetAsync(uri, cancellationToken)).Refusal
            : new SnsRefusal($"The SubscribeURL is '{JsonFields.Excerpt(address ?? "")}', but must be https://sns.REGION.amazonaws.com/?{ConfirmingAction}&… (or amazonaws.com.cn).");

    private static Uri? AddressOf(string? address) =>
        Uri.TryCreate(address, UriKind.Absolute, out Uri? uri) && uri is { Scheme: "https", IsDefaultPort: true, UserInfo: "" } && Host().IsMatch(uri.Host) ? uri : null;

    private async Task<(string? Text, SnsRefusal? Refusal)> GetAsync(Uri uri, CancellationToken cancellationToken)
    {
        string where = uri.GetLeftPart(UriPartial.Path); // the query of a confirmation is a secret
        try
        {
            using HttpClient client = clients.CreateClient(AlertApi.AmazonSnsClient);
            using HttpResponseMessage answer = await client.GetAsync(uri, cancellationToken);
            return answer.IsSuccessStatusCode ? (await answer.Content.ReadAsStringAsync(cancellationToken), null)
                : (null, new SnsRefusal($"{where} answered {(int)answer.StatusCode}.", IsTransient: answer.StatusCode is >= HttpStatusCode.InternalServerError or HttpStatusCode.TooManyRequests));
        }
        catch (HttpRequestException exception)
        {
            return (null, new SnsRefusal($"{where} could not be reached: {exception.Message}", IsTransient: true));
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return (null, new SnsRefusal($"{where} did not answer in time.", IsTransient: true));
        }
    }

    [GeneratedRegex(@"^sns\.[a-z]{2,4}(-[a-z]{1,20}){1,3}-[0-9]{1,2}\.amazonaws\.com(\.cn)?\z", RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Host();

    [GeneratedRegex(@"^/SimpleNotificationService-[0-9A-Za-z]{1,128}\.pem\z", RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex CertificatePath();
}
