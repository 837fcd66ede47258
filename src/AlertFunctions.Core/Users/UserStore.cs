using AlertFunctions.Core.Storage;
using AlertFunctions.Core.SystemEvents;
using AlertFunctions.Core.Texts;
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

    /// <summary>The zone in which this user's mail shows times; null for the system's.</summary>
    public TimeZoneInfo? TimeZone { get; init; }
}

/// <summary>The users.</summary>
public sealed class UserStore
{
    private const string Partition = "user";

    private static readonly RowType<User> s_rows = new(Read);

    private readonly StorageClients _storage;
    private readonly RowReader _reader;

    /// <summary>Each mail that is composed needs all users, and in a storm many are composed at the same time.</summary>
    private readonly SharedRead<IReadOnlyList<User>> _all;

    /// <summary>Creates the store without reading anything.</summary>
    public UserStore(StorageClients storage, RowReader reader)
    {
        _storage = storage;
        _reader = reader;
        _all = new SharedRead<IReadOnlyList<User>>(ReadAllAsync);
    }

    /// <summary>Every user, by name.</summary>
    /// <param name="cancellationToken">Cancels the operation.</param>
    public Task<IReadOnlyList<User>> ListAsync(CancellationToken cancellationToken) => _all.ReadAsync(cancellationToken);

    /// <summary>One user, or null.</summary>
    /// <param name="name">The user's name.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    public async Task<User?> FindAsync(string name, CancellationToken cancellationToken) =>
        await _storage.Users.FindAsync(Partition, Keys.Part(name), cancellationToken) is { } row ? await _reader.ReadAsync(_storage.Users, row, s_rows, cancellationToken) : null;

    /// <summary>Writes a user.</summary>
    /// <param name="name">The user's name.</param>
    /// <param name="change">Makes the new user of the one there is, or of null; null leaves everything as it is.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    /// <returns>The user as written; null when nothing was.</returns>
    public async Task<User?> PutAsync(string name, Func<User?, User?> change, CancellationToken cancellationToken)
    {
        for (int attempt = 0; attempt < 10; attempt++)
        {
            TableEntity? row = await _storage.Users.FindAsync(Partition, Keys.Part(name), cancellationToken);

            // A row that cannot be read is replaced by what is written now.
            if (change(row is null ? null : await _reader.ReadAsync(_storage.Users, row, s_rows, cancellationToken)) is not { } changed)
            {
                return null;
            }

            if (row is null ? await _storage.Users.TryAddAsync(Write(changed), cancellationToken) : await _storage.Users.TryReplaceAsync(Write(changed), row.ETag, cancellationToken))
            {
                return changed;
            }
        }

        throw new StorageContentionException();
    }

    /// <summary>Removes a user; mail that waits keeps the last address.</summary>
    /// <param name="name">The user's name.</param>
    /// <param name="allowed">Whether the one there is, null if it cannot be read, may be removed.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    /// <returns>Whether there was one that was removed.</returns>
    public async Task<bool> DeleteAsync(string name, Func<User?, bool> allowed, CancellationToken cancellationToken)
    {
        for (int attempt = 0; attempt < 10; attempt++)
        {
            if (await _storage.Users.FindAsync(Partition, Keys.Part(name), cancellationToken) is not { } row
                || !allowed(await _reader.ReadAsync(_storage.Users, row, s_rows, cancellationToken)))
            {
                return false;
            }

            if (await _storage.Users.TryDeleteAsync(row, cancellationToken))
            {
                return true;
            }
        }

        throw new StorageContentionException();
    }

    /// <summary>Adds and replaces many users, and removes others; mail that waits keeps the last addresses (S9).</summary>
    /// <inheritdoc cref="RowSet{T}.ChangeAsync" path="/param"/>
    /// <inheritdoc cref="RowSet{T}.ChangeAsync" path="/returns"/>
    public Task<RowSetChange?> ChangeAllAsync(Func<IReadOnlyList<User>, IReadOnlyList<User>?> decide, bool removesOthers, bool dryRun, CancellationToken cancellationToken) =>
        new RowSet<User>(_storage.Users, Partition, AllUsers, _reader, s_rows, user => user.Name, (_, user) => Write(user)).ChangeAsync(decide, removesOthers, dryRun, cancellationToken);

    private async Task<IReadOnlyList<User>> ReadAllAsync()
    {
        IReadOnlyList<TableEntity> rows = await _storage.Users.FirstAsync(AllUsers, int.MaxValue, CancellationToken.None);
        return (await _reader.ReadAllAsync(_storage.Users, rows, s_rows, CancellationToken.None)).OrderBy(user => user.Name, StringComparer.Ordinal).ToList();
    }

    private static string AllUsers => TableClient.CreateQueryFilter($"PartitionKey eq {Partition}");

    private static TableEntity Write(User user) => new(Partition, Keys.Part(user.Name))
    {
        ["Name"] = user.Name,
        ["Email"] = user.Email,
        ["ReceiveAlertMail"] = user.ReceiveAlertMail,
        ["Culture"] = user.Culture?.ToString(),
        ["TimeZone"] = user.TimeZone?.Id,
    };

    private static User Read(TableEntity row) => new(row.RequiredText("Name"))
    {
        Email = row.GetString("Email"),
        ReceiveAlertMail = row.RequiredBoolean("ReceiveAlertMail"),
        Culture = row.OptionalEnum<MailCulture>("Culture"),
        TimeZone = row.OptionalTimeZone("TimeZone"),
    };
}
