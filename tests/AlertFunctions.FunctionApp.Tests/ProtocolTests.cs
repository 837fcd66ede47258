using System.Reflection;
using AlertFunctions.WorkerHost.Protocol;
using Google.Protobuf.Reflection;

namespace AlertFunctions.FunctionApp.Tests;

public sealed class ProtocolTests
{
    [Fact]
    public void The_tests_host_speaks_the_protocol_of_the_worker_that_is_referenced()
    {
        Type reflection = Assembly.Load("Microsoft.Azure.Functions.Worker.Grpc").GetType("Microsoft.Azure.Functions.Worker.Grpc.Messages.FunctionRpcReflection", throwOnError: true)!;
        var worker = (FileDescriptor)reflection.GetProperty("Descriptor")!.GetValue(null)!;
        Assert.Equal(worker.Package, FunctionRpcReflection.Descriptor.Package);
        Assert.Subset(worker.Services.SelectMany(Calls).ToHashSet(StringComparer.Ordinal), FunctionRpcReflection.Descriptor.Services.SelectMany(Calls).ToHashSet(StringComparer.Ordinal));
        Assert.Subset(worker.MessageTypes.SelectMany(Fields).ToHashSet(StringComparer.Ordinal), FunctionRpcReflection.Descriptor.MessageTypes.SelectMany(Fields).ToHashSet(StringComparer.Ordinal));
    }

    private static IEnumerable<string> Calls(ServiceDescriptor service) =>
        service.Methods.Select(call => $"{service.FullName}.{call.Name}({call.IsClientStreaming} {call.InputType.FullName}) {call.IsServerStreaming} {call.OutputType.FullName}");

    private static IEnumerable<string> Fields(MessageDescriptor message) =>
        from field in message.Fields.InDeclarationOrder()
        let values = field.FieldType == FieldType.Enum ? string.Join(',', field.EnumType.Values.Select(value => $"{value.Name}={value.Number}")) : ""
        select $"{message.FullName}.{field.Name} = {field.FieldNumber} {field.FieldType} {field.IsRepeated} {values}";
}
