using AlertFunctions.Core.Settings;
using AlertFunctions.Core.Storage;
using Azure.Data.Tables;

namespace AlertFunctions.Core.Users;

/// <summary>A person who may receive alert mail (S2).</summary>
/// <param name="Name">1 to 64 letters, digits, spaces and <c>. _ - @</c>.</param>
public sealed record User(string Name)
{
    /// <summary>Where mail goes, or null.</summary>
    public string? Email { get; init; }

    /// <summary>「アラートメールを受信」.</summary>
    public bool ReceiveAlertMail { get; init; }

    /// <summary>The language of this user's mail; null for the system's.</summary>
    public MailCulture? Culture { get; init; }
}

/// <summary>The users.</summary>
public sealed class UserStore(StorageClients storage)
{
    private const string Partition = "user";

    /// <summary>Every user, by name.</summary>
    /// <param name="cancellationToken">Ends the waiting.</param>
    public async Task<IReadOnlyList<User>> ListAsync(CancellationToken cancellationToken)
    {
        List<TableEntity> rows = await storage.Users.FirstAsync(TableClient.CreateQueryFilter($"PartitionKey eq {Partition}"), int.MaxValue, cancellationToken);
        return rows.Select(Read).OrderBy(user => user.Name, StringComparer.Ordinal).ToList();
    }

    /// <summary>One user, or null.</summary>
    /// <param name="name">The user's name.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    public async Task<User?> FindAsync(string name, CancellationToken cancellationToken) =>
        await storage.Users.FindAsync(Partition, Keys.Part(name), cancellationToken) is { } row ? Read(row) : null;

    /// <summary>Writes a user.</summary>
    /// <param name="name">The user's name.</param>
    /// <param name="change">Makes the new user of the one there is, or of one with the defaults.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    public async Task<User> PutAsync(string name, Func<User, User> change, CancellationToken cancellationToken)
    {
        for (int attempt = 0; attempt < 10; attempt++)
        {
            TableEntity? row = await storage.Users.FindAsync(Partition, Keys.Part(name), cancellationToken);
            User changed = change(row is null ? new User(name) : Read(row));
            if (row is null ? await storage.Users.TryAddAsync(Write(changed), cancellationToken) : await storage.Users.TryReplaceAsync(Write(changed), row.ETag, cancellationToken))
            {
                return changed;
            }
        }

        throw new StorageContentionException();
    }

    /// <summary>Removes a user; mail that waits keeps the last address.</summary>
    /// <param name="name">The user's name.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <returns>Whether there was one.</returns>
    public async Task<bool> DeleteAsync(string name, CancellationToken cancellationToken)
    {
        for (int attempt = 0; attempt < 10; attempt++)
        {
            if (await storage.Users.FindAsync(Partition, Keys.Part(name), cancellationToken) is not { } row)
            {
                return false;
            }

            if (await storage.Users.TryDeleteAsync(row, cancellationToken))
            {
                return true;
            }
        }

        throw new StorageContentionException();
    }

    private static TableEntity Write(User user) => new(Partition, Keys.Part(user.Name))
    {
        ["Name"] = user.Name,
        ["Email"] = user.Email,
        ["ReceiveAlertMail"] = user.ReceiveAlertMail,
        ["Culture"] = user.Culture?.ToString(),
    };

    private static User Read(TableEntity row) => new(row.GetString("Name"))
    {
        Email = row.GetString("Email"),
        ReceiveAlertMail = row.GetBoolean("ReceiveAlertMail")!.Value,
        Culture = row.GetString("Culture") is { } culture ? Enum.Parse<MailCulture>(culture) : null,
    };
}
