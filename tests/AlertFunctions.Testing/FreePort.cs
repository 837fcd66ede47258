using System.Net;
using System.Net.Sockets;

namespace AlertFunctions.Testing;

/// <summary>A port for a program that cannot choose one itself.</summary>
public static class FreePort
{
    // Another test run at the same time begins elsewhere.
    private static int s_lastPort = 20_000 + (int)(Environment.ProcessId * 7_919L % 11_000);

    /// <summary>One below those that the system hands out for port 0: it cannot be lost to a test that asks for any port before the program takes it.</summary>
    public static int Choose()
    {
        while (true)
        {
            int port = Interlocked.Increment(ref s_lastPort);
            using var listener = new TcpListener(IPAddress.Loopback, port);
            try
            {
                listener.Start();
                listener.Server.CloseListener();
                return port;
            }
            catch (SocketException)
            {
                // Somebody has it; the next may be free.
            }
        }
    }
}
