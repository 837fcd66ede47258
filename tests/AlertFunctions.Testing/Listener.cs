using System.Net.Sockets;

namespace AlertFunctions.Testing;

/// <summary>Ends sockets that listen.</summary>
internal static class Listener
{
    /// <summary>
    /// Ends one at once. A process that is being started has a copy of every socket until its program is loaded: a listener that is only closed listens as long as that, and
    /// nobody can listen in its place.
    /// </summary>
    public static void CloseListener(this Socket listener)
    {
        try
        {
            listener.Shutdown(SocketShutdown.Both);
        }
        catch (SocketException)
        {
            // Where a listener cannot be shut down, no process has a copy of it.
        }

        listener.Dispose();
    }
}
