using AlertFunctions.Standalone.Development;

WebApplicationBuilder builder = WebApplication.CreateBuilder(args);
try
{
    await using DevelopmentServices? development = builder.Environment.IsDevelopment()
        ? await DevelopmentServices.StartAsync(builder.Configuration, Console.Out, CancellationToken.None)
        : null;
    if (development is not null)
    {
        builder.Configuration.AddInMemoryCollection(development.Settings);
    }

    await using WebApplication app = builder.Build();
    await app.RunAsync();
    Console.WriteLine("The host has stopped.");
    return 0;
}
catch (DevelopmentServicesException exception)
{
    Console.Error.WriteLine(exception.Message);
    return 1;
}
