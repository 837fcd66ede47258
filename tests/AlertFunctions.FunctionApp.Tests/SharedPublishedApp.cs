using AlertFunctions.FunctionApp.Tests.WorkerHost;

[assembly: AssemblyFixture(typeof(PublishedApp))]
