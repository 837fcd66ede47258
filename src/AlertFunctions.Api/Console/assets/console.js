// The console reads the API that everybody has; it can clear alerts and attempt mail, and it can neither delete nor change mail (S9).
'use strict';

const texts = {
  en: {
    key: 'Key', open: 'Open', wrongKey: 'This key is not accepted.', language: '日本語',
    alerts: 'Outstanding alerts', mail: 'Undelivered mail', systemEvents: 'System events', redrive: 'Attempt all now', redriven: 'Every waiting mail is being attempted.',
    alert: 'Alert', computer: 'Computer', severity: 'Severity', raisedAt: 'Raised', message: 'Details', clear: 'Clear', clearNote: 'Note for the record (may be empty):',
    subject: 'Subject', recipient: 'Recipient', next: 'Next attempt', attempts: 'Attempts', reply: 'Last reply', left: 'Re-sends left', unlimited: 'no limit',
    time: 'Time', level: 'Level', name: 'Event', description: 'Description', nothing: 'None.', more: 'The first 100 are shown.',
    critical: 'Critical', warning: 'Warning', information: 'Information', error: 'Error',
    healthy: 'Mail is being delivered.', failing: 'Mail has been failing since {since}. The mail queue and the system events show why.', noRecipients: 'Nobody receives alert mail: add a user with receiveAlertMail, or set Mail__AlertEmailAddress.',
    notConfigured: 'No SMTP mail server address is configured (Smtp__Server). Mail is kept.', unknown: 'Storage does not answer.', unreachable: 'The server does not answer.',
  },
  ja: {
    key: 'キー', open: '開く', wrongKey: 'このキーは受け付けられません。', language: 'English',
    alerts: '未解決のアラート', mail: '未送信のメール', systemEvents: 'システムイベント', redrive: '今すぐすべて送信', redriven: '待機中のメールをすべて送信しています。',
    alert: 'アラート', computer: 'コンピュータ', severity: '重要度', raisedAt: '発生日時', message: '内容', clear: 'クリア', clearNote: 'メモ (空白でもかまいません):',
    subject: '件名', recipient: '宛先', next: '次回の送信', attempts: '試行', reply: '最後の応答', left: '残りの再送', unlimited: '上限なし',
    time: '日時', level: '重要度', name: 'イベント', description: '説明', nothing: 'ありません。', more: '最初の100件を表示しています。',
    critical: '重大', warning: '警告', information: '情報', error: 'エラー',
    healthy: 'メールは送信されています。', failing: '{since}からメールの送信に失敗しています。理由はメールキューとシステムイベントで確認できます。', noRecipients: 'アラートメールの受信者がいません。受信するユーザを追加するか、Mail__AlertEmailAddressを設定してください。',
    notConfigured: 'SMTPメールサーバアドレスが設定されていません (Smtp__Server)。メールは保持されます。', unknown: 'ストレージが応答しません。', unreachable: 'サーバが応答しません。',
  },
};

const refreshEvery = 15_000;
const find = id => document.getElementById(id);
let language = localStorage.getItem('language') ?? (navigator.language.startsWith('ja') ? 'ja' : 'en');
const say = name => texts[language][name];

class KeyNeeded extends Error {}

async function call(method, path, body) {
  const headers = { 'Accept-Language': language };
  const key = sessionStorage.getItem('key');
  if (key) headers['x-functions-key'] = key;
  if (body) headers['Content-Type'] = 'application/json';
  const answer = await fetch(path, { method, headers, body: body && JSON.stringify(body) });
  if (answer.status === 401) throw new KeyNeeded();
  const text = await answer.text();
  const json = text ? JSON.parse(text) : null;
  if (!answer.ok && path !== 'api/health') throw new Error(json?.title ?? answer.statusText);
  return json;
}

function time(value) {
  return value ? new Date(value).toLocaleString(language === 'ja' ? 'ja-JP' : 'en-GB', { dateStyle: 'short', timeStyle: 'medium' }) : '';
}

// Everything that strangers wrote goes in as text, never as markup; isolated, so that no name turns the direction of the next.
function cell(value, className) {
  const element = document.createElement('td');
  if (value instanceof Node) {
    element.append(value);
  } else {
    const text = document.createElement('bdi');
    text.textContent = value ?? '';
    element.append(text);
  }
  if (className) element.className = className;
  return element;
}

function fill(table, headings, rows, more) {
  const head = document.createElement('tr');
  for (const heading of headings) {
    const element = document.createElement('th');
    element.scope = 'col';
    element.textContent = heading;
    head.append(element);
  }
  const lines = rows.length ? [head] : [];
  for (const cells of rows) {
    const line = document.createElement('tr');
    line.append(...cells);
    lines.push(line);
  }
  if (!rows.length || more) {
    const line = document.createElement('tr');
    const element = cell(rows.length ? say('more') : say('nothing'), 'nothing');
    element.colSpan = headings.length;
    line.append(element);
    lines.push(line);
  }
  table.replaceChildren(...lines);
}

function level(value) {
  return cell(say(value), `short ${{ critical: 'bad', error: 'bad', warning: 'warn' }[value] ?? ''}`);
}

async function clear(alert, button) {
  const note = prompt(say('clearNote'));
  if (note === null) return;
  button.disabled = true;
  await call('POST', 'api/alerts/clear', { items: [{ alert: alert.alert, computer: alert.computer, raisedAt: alert.raisedAt }], note });
  await refresh();
}

async function showHealth() {
  const { checks } = await call('GET', 'api/health');
  const health = find('health');
  health.textContent = say(checks.mail).replace('{since}', time(checks.mailFailingSince));
  health.className = { healthy: 'good', failing: 'bad', unknown: 'bad' }[checks.mail] ?? 'warn';
}

async function showAlerts() {
  const page = await call('GET', 'api/alerts?top=100');
  fill(find('alerts'), [say('severity'), say('alert'), say('computer'), say('raisedAt'), say('message'), ''], page.items.map(alert => {
    const button = document.createElement('button');
    button.type = 'button';
    button.textContent = say('clear');
    button.addEventListener('click', () => attempt(() => clear(alert, button)));
    return [level(alert.severity), cell(alert.alert), cell(alert.computer), cell(time(alert.raisedAt), 'time'), cell(alert.message), cell(button, 'short')];
  }), page.continuation);
}

async function showMail() {
  const page = await call('GET', `api/mail?top=100&culture=${language}`);
  fill(find('mail'), [say('subject'), say('recipient'), say('attempts'), say('left'), say('next'), say('reply')], page.items.flatMap(mail => mail.recipients.map(recipient => [
    cell(mail.subject), cell(recipient.user ? `${recipient.user}\n${recipient.address}` : recipient.address), cell(String(recipient.attempts), 'short'),
    cell(recipient.resendsLeft === null ? say('unlimited') : String(recipient.resendsLeft), 'short'), cell(time(mail.nextAttemptAt), 'time'), cell(recipient.lastReply),
  ])), page.continuation);
}

async function showEvents() {
  const page = await call('GET', `api/system-events?top=100&culture=${language}`);
  fill(find('events'), [say('time'), 'ID', say('level'), say('name'), say('description')], page.items.map(item =>
    [cell(time(item.time), 'time'), cell(String(item.id), 'short'), level(item.level), cell(item.name), cell(item.description)]), page.continuation);
}

async function refresh() {
  document.documentElement.lang = language;
  for (const element of document.querySelectorAll('[data-text]')) element.textContent = say(element.dataset.text);
  find('language').textContent = say('language');
  await showHealth();
  await Promise.all([showAlerts(), showMail(), showEvents()]);
  find('sign-in').hidden = true;
  find('pages').hidden = false;
}

async function attempt(action) {
  try {
    await action();
  } catch (error) {
    if (error instanceof KeyNeeded) {
      find('sign-in-error').textContent = sessionStorage.getItem('key') ? say('wrongKey') : '';
      sessionStorage.removeItem('key');
      find('pages').hidden = true;
      find('sign-in').hidden = false;
      find('key').focus();
    } else {
      find('health').textContent = error instanceof TypeError ? say('unreachable') : error.message;
      find('health').className = 'bad';
    }
  }
}

find('sign-in').addEventListener('submit', event => {
  event.preventDefault();
  sessionStorage.setItem('key', find('key').value);
  find('key').value = '';
  attempt(refresh);
});
find('language').addEventListener('click', () => {
  language = language === 'ja' ? 'en' : 'ja';
  localStorage.setItem('language', language);
  attempt(refresh);
});
find('redrive').addEventListener('click', () => attempt(async () => {
  await call('POST', 'api/mail/redrive');
  find('redrive-answer').textContent = say('redriven');
  await refresh();
}));

attempt(refresh);
setInterval(() => { if (!document.hidden && find('sign-in').hidden) attempt(refresh); }, refreshEvery);
