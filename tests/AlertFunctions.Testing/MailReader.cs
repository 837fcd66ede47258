using System.Text.Json;

namespace AlertFunctions.Testing;

/// <summary>Reads mail with a parser that is not the product's own (npm <c>mailparser</c>).</summary>
public static class MailReader
{
    private static readonly JsonSerializerOptions s_json = new(JsonSerializerDefaults.Web);

    /// <summary>What it reads of each message. Skips the calling test where there is no Node.js.</summary>
    public static async Task<IReadOnlyList<ReadMail>> ReadAsync(IEnumerable<byte[]> messages)
    {
        await NodeProcess.SkipTestWithoutNodeAsync();
        string file = Path.GetTempFileName();
        try
        {
            await File.WriteAllLinesAsync(file, messages.Select(Convert.ToBase64String));
            var read = new List<ReadMail>();
            await using NodeProcess process = await NodeProcess.StartAsync(Repository.InfrastructureFile("mail-reader.mjs"), [file], line =>
            {
                if (JsonSerializer.Deserialize<ReadMail>(line, s_json) is not { Subject: not null } mail)
                {
                    return true;
                }

                read.Add(mail);
                return false;
            });
            return read;
        }
        finally
        {
            File.Delete(file);
        }
    }
}

/// <summary>What a parser made of a message.</summary>
/// <param name="Subject">Its subject.</param>
/// <param name="From">Its senders.</param>
/// <param name="To">Its recipients, as the header names them.</param>
/// <param name="Headers">The names of its headers, in order.</param>
public sealed record ReadMail(string Subject, IReadOnlyList<ReadMailbox> From, IReadOnlyList<ReadMailbox> To, IReadOnlyList<string> Headers);

/// <summary>A mailbox as a parser reads it.</summary>
public sealed record ReadMailbox(string Name, string Address);
