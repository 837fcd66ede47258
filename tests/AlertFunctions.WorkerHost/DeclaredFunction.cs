using System.Reflection;
using Microsoft.Azure.Functions.Worker;

namespace AlertFunctions.WorkerHost;

/// <summary>A function as its attributes declare it: what the worker's generator tells the Functions host.</summary>
internal sealed record DeclaredFunction(string Name, MethodInfo Method)
{
    /// <summary>All of them, in the order in which the Functions host keeps them.</summary>
    public static IReadOnlyList<DeclaredFunction> All { get; } =
    [
        .. from type in typeof(HttpFunctions).Assembly.GetTypes()
           from method in type.GetMethods()
           let function = method.GetCustomAttribute<FunctionAttribute>()
           where function is not null
           select new DeclaredFunction(function.Name, method) into function
           orderby function.Name.ToUpperInvariant()
           select function,
    ];

    public HttpTriggerAttribute? Http => Trigger<HttpTriggerAttribute>();

    public QueueTriggerAttribute? Queue => Trigger<QueueTriggerAttribute>();

    public TimerTriggerAttribute? Timer => Trigger<TimerTriggerAttribute>();

    public static DeclaredFunction Of(string name) => All.Single(function => function.Name == name);

    private T? Trigger<T>()
        where T : Attribute => Method.GetParameters().Select(parameter => parameter.GetCustomAttribute<T>()).FirstOrDefault(trigger => trigger is not null);
}
