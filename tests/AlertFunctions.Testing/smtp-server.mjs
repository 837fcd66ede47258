// A real SMTP server for the tests: `node smtp-server.mjs PORT`. Writes {"port"} once it listens, and one line for each accepted envelope.
import { SMTPServer } from 'smtp-server';

const write = (line, done) => process.stdout.write(`${JSON.stringify(line)}\n`, done);

const server = new SMTPServer({
  authOptional: true,
  disabledCommands: ['AUTH', 'STARTTLS'],
  disableReverseLookup: true,
  onConnect(session, accept) {
    session.connectedAt = Date.now();
    accept();
  },
  onData(stream, session, reply) {
    const chunks = [];
    stream.on('data', (chunk) => chunks.push(chunk));
    stream.on('end', () =>
      // The reply waits for the line to be written: what a client knows to be accepted is known to the test.
      write(
        {
          from: session.envelope.mailFrom.address ?? '',
          to: session.envelope.rcptTo.map((recipient) => recipient.address),
          connectedAt: session.connectedAt,
          acceptedAt: Date.now(),
          raw: Buffer.concat(chunks).toString('base64'),
        },
        () => reply(),
      ),
    );
  },
});

// A client that leaves in the middle of its conversation is no fault of this server.
server.on('error', (error) => (server.server.listening ? console.error(error.message) : process.exit(error.message)));
server.listen(Number(process.argv[2]), '127.0.0.1', () => write({ port: server.server.address().port }));
