using AlertFunctions.Testing;

[assembly: AssemblyFixture(typeof(AzuriteServer))]
