using AlertFunctions.Core.Settings;
using Azure;
using Azure.Identity;

namespace AlertFunctions.Standalone;

/// <summary>Says why the host cannot use its storage account, and which setting to check.</summary>
internal static class StorageRefusal
{
    private const string Setting = "AzureWebJobsStorage";

    /// <summary>One line for whoever reads why the host did not start. It never repeats the setting, which holds a key.</summary>
    /// <param name="storage">The account.</param>
    /// <param name="exception">What calling it threw.</param>
    public static StartupException Explain(StorageSettings storage, Exception exception)
    {
        bool byIdentity = storage.ConnectionString is null;
        string line = exception.Message.Split('\n', '\r')[0].TrimEnd('.');
        string sentence = exception switch
        {
            RequestFailedException { Status: 401 or 403 } refused when byIdentity =>
                $"Storage answers {Reply(refused)}: it refuses the app's identity. Check its roles, {Setting}__credential and the account that {Setting}__accountName or {Setting}__tableServiceUri names.",
            RequestFailedException { Status: 401 or 403 } refused => $"Storage answers {Reply(refused)}: it refuses the key or the signature in {Setting}. Check that it is the account's own and still valid.",
            RequestFailedException { Status: > 0 } refused => $"Storage answers {Reply(refused)}. Check the account in {Setting}.",
            AuthenticationFailedException => $"The app's identity gets no token for storage. Check {Setting}__credential and {Setting}__clientId, or set {Setting} to a connection string. {line}.",
            _ => $"Storage does not answer. Check the address in {Setting}. {line}.",
        };
        return new StartupException($"The host does not start. {sentence}", exception);
    }

    private static string Reply(RequestFailedException refused) => $"{refused.Status} {refused.ErrorCode}".TrimEnd();
}
