using AlertFunctions.Api;

namespace AlertFunctions.Standalone;

/// <summary>Puts the words for errors outside everything, the check of <c>AllowedHosts</c> included, which ASP.NET Core adds before the host's own pipeline.</summary>
internal sealed class ProblemsFirst : IStartupFilter
{
    public Action<IApplicationBuilder> Configure(Action<IApplicationBuilder> next) => app =>
    {
        app.UseProblems();
        next(app);
    };
}
