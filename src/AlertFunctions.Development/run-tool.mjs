// Runs a development tool for the host: node run-tool.mjs TOOL [ARGUMENT ...]
//
// The tool lives exactly as long as standard input is open. The host closes it when it stops, and the operating system closes it when
// the host is killed, on Windows too, where no process can send another one a SIGTERM. So no tool outlives its host.
import { subscribe } from 'node:diagnostics_channel';
import { pathToFileURL } from 'node:url';

const [tool, ...toolArguments] = process.argv.slice(2);
process.argv = [process.execPath, tool, ...toolArguments];

// Ctrl+C reaches every process of the console at once. The host finishes its mail first and needs the tools until then: they hear of
// it from the host only.
const consoleSignals = ['SIGINT', 'SIGQUIT', 'SIGHUP', 'SIGBREAK'].filter(signal => process.platform === 'win32' || signal !== 'SIGBREAK');
for (const signal of consoleSignals) process.on(signal, () => {});
for (const method of ['on', 'once', 'addListener', 'prependListener', 'prependOnceListener']) {
  const original = process[method];
  process[method] = function (event, listener) {
    return consoleSignals.includes(event) ? this : original.call(this, event, listener);
  };
}

// Nobody reads the output of a killed host's tool any more; that must not keep the tool from saving its data.
process.stdout.on('error', () => {});
process.stderr.on('error', () => {});

// A connection that has not carried anything yet is not idle to Node: a server that closes waits for it. A host keeps such connections in
// reserve until it ends, and it ends after its tools.
const connections = new Set();
subscribe('net.server.socket', ({ socket }) => {
  connections.add(socket);
  socket.once('close', () => connections.delete(socket));
});

let stopping = false;
function stop() {
  if (stopping) return;
  stopping = true;
  for (const connection of connections) if (connection.bytesRead === 0) connection.destroy();
  // The tool's own handler of SIGTERM saves and closes; a tool that has none yet has nothing to save.
  if (!process.emit('SIGTERM', 'SIGTERM')) process.exit(0);
  setTimeout(() => process.exit(1), 10_000).unref();
}
for (const event of ['end', 'close', 'error']) process.stdin.on(event, stop);
process.stdin.resume();

await import(pathToFileURL(tool).href);
