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

    private readonly RowSet<User> _rows;

    /// <summary>Each mail that is composed needs all users, and in a storm many are composed at the same time.</summary>
    private readonly SharedRead<IReadOnlyList<User>> _all;

    /// <summary>Creates the store without reading anything.</summary>
    public UserStore(StorageClients storage, RowReader reader)
    {
        string all = TableClient.CreateQueryFilter($"PartitionKey eq {Partition}");
        _rows = new RowSet<User>(storage.Users, Partition, all, reader, s_rows, Keys.Part, user => user.Name, Write);
        _all = new SharedRead<IReadOnlyList<User>>(() => _rows.ListAsync(CancellationToken.None));
    }

    /// <summary>Every user, by name.</summary>
    /// <param name="cancellationToken">Cancels the operation.</param>
    public Task<IReadOnlyList<User>> ListAsync(CancellationToken cancellationToken) => _all.ReadAsync(cancellationToken);

    /// <summary>One user, or null.</summary>
    /// <inheritdoc cref="RowSet{T}.FindAsync" path="/param"/>
    public Task<User?> FindAsync(string name, CancellationToken cancellationToken) => _rows.FindAsync(name, cancellationToken);

    /// <summary>Writes a user.</summary>
    /// <inheritdoc cref="RowSet{T}.PutAsync" path="/param"/>
    /// <inheritdoc cref="RowSet{T}.PutAsync" path="/returns"/>
    public Task<User?> PutAsync(string name, Func<User?, User?> change, CancellationToken cancellationToken) => _rows.PutAsync(name, change, cancellationToken);

    /// <summary>Removes a user; mail that waits keeps the last address.</summary>
    /// <inheritdoc cref="RowSet{T}.DeleteAsync" path="/param"/>
    /// <inheritdoc cref="RowSet{T}.DeleteAsync" path="/returns"/>
    public Task<bool> DeleteAsync(string name, Func<User?, bool> allowed, CancellationToken cancellationToken) => _rows.DeleteAsync(name, allowed, cancellationToken);

    /// <summary>Adds and replaces many users, and removes others; mail that waits keeps the last addresses (S9).</summary>
    /// <inheritdoc cref="RowSet{T}.ChangeAsync" path="/param"/>
    /// <inheritdoc cref="RowSet{T}.ChangeAsync" path="/returns"/>
    public Task<RowSetChange?> ChangeAllAsync(Func<IReadOnlyList<User>, IReadOnlyList<User>?> decide, bool removesOthers, bool dryRun, CancellationToken cancellationToken) =>
        _rows.ChangeAsync(decide, removesOthers, dryRun, cancellationToken);

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
