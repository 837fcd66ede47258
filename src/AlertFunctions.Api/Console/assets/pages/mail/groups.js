// Who fails alike: a server that is down fails thousands of recipients with the same words.
import { recipientKey } from './queue.js';

const codes = /^\d{3}(?:[ -]\d\.\d{1,3}\.\d{1,3})?/;

/** A reply without what differs between recipients: their addresses, ids and times. */
function kindOf(reply, address) {
  if (!reply) return '';
  const code = reply.match(codes)?.[0] ?? '';
  return code + reply.slice(code.length).replaceAll(address, '').replace(/\S*\d\S*/g, '');
}

/** Whether a recipient's mail has a text in what is shown of it, whatever its case. */
const has = (mail, recipient, text) =>
  [mail.subject, mail.alert, recipient.user, recipient.address, recipient.lastReply].some(part => part?.toLowerCase().includes(text));

/**
 * The recipients in groups of those that fail alike, the largest first.
 * @param mails The undelivered mail.
 * @param search Only those with this text.
 * @returns `{ key, pattern, rows, mails, attempts: [least, most], resendsLeft: [distinct ones], nextAttemptAt, since, lastReply }` each.
 */
export function groupsOf(mails, search = '') {
  const text = search.trim().toLowerCase();
  const groups = new Map();
  for (const mail of mails) {
    for (const recipient of mail.recipients) {
      if (text && !has(mail, recipient, text)) continue;
      const key = JSON.stringify([recipient.pattern, recipient.attempts > 0, kindOf(recipient.lastReply, recipient.address)]);
      if (!groups.has(key)) groups.set(key, { key, pattern: recipient.pattern, rows: [] });
      groups.get(key).rows.push({ key: recipientKey(mail, recipient), mail, ...recipient });
    }
  }
  return [...groups.values()].map(summarised).sort((one, other) => other.rows.length - one.rows.length);
}

function summarised(group) {
  const { rows } = group;
  const attempts = rows.map(row => row.attempts);
  const least = attempts.reduce((one, other) => Math.min(one, other));
  const last = rows.reduce((one, other) => (one.lastAttemptAt ?? '') >= (other.lastAttemptAt ?? '') ? one : other);
  return {
    ...group,
    mails: new Set(rows.map(row => row.mail.id)).size,
    attempts: [least, attempts.reduce((one, other) => Math.max(one, other))],
    resendsLeft: [...new Set(rows.map(row => row.resendsLeft))].sort((one, other) => (one ?? Infinity) - (other ?? Infinity)),
    nextAttemptAt: rows.map(row => row.mail.nextAttemptAt).reduce((one, other) => one < other ? one : other),
    since: rows.map(row => row.mail.createdAt).reduce((one, other) => one < other ? one : other),
    lastReply: last.lastReply,
  };
}
