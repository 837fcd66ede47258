using AlertFunctions.WorkerHost;

[assembly: AssemblyFixture(typeof(PublishedApp))]
