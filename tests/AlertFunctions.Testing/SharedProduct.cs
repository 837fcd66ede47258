namespace AlertFunctions.Testing;

/// <summary>One installation and process for all tests of a class, for tests that change nothing that another looks at.</summary>
public sealed class SharedProduct(AzuriteServer azurite) : IAsyncLifetime
{
    private Installation _installation = null!;

    public Installation Installation => _installation;

    public ProductProcess Product { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        _installation = await Installation.CreateAsync(azurite);
        Product = _installation.Start();
    }

    public async ValueTask DisposeAsync()
    {
        await _installation.DisposeAsync();
        Product.Log.AssertNothingUnexpected();
    }
}
