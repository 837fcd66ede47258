// Reads mail as a second parser does: `node mail-reader.mjs FILE`. Each line of the file is a message in Base64; each line written is what was read of it.
import { readFile } from 'node:fs/promises';
import { simpleParser } from 'mailparser';

const lines = (await readFile(process.argv[2], 'utf8')).split('\n').filter(Boolean);
for (const line of lines) {
  const mail = await simpleParser(Buffer.from(line, 'base64'));
  const mailbox = ({ name, address }) => ({ name, address });
  process.stdout.write(
    `${JSON.stringify({
      subject: mail.subject ?? '',
      from: mail.from.value.map(mailbox),
      to: mail.to.value.map(mailbox),
      headers: mail.headerLines.map((header) => header.key),
    })}\n`,
  );
}

process.stdout.write('{}\n');
