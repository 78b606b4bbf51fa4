import type { AgentEvent } from '../agent/events.ts';
import { reportText } from '../agent/reporting/text.ts';
import { kvPaths } from '../config/paths.ts';
import { openSessionStore, type SessionRecord, type SessionStore } from '../sessions/index.ts';
import { KvError } from '../shared/errors.ts';
import { oneLine } from '../shared/text.ts';

/** `kv sessions`. */
export async function listSessions(json: boolean): Promise<void> {
  const store = await openStore();
  // One that was left before a question was asked holds nothing.
  const sessions = store.list({ limit: 50 }).filter(session => session.title !== '');
  if (json) process.stdout.write(`${JSON.stringify(sessions, null, 2)}\n`);
  else if (sessions.length === 0)
    process.stdout.write('There are no sessions yet: kv investigate "…" makes one.\n');
  else for (const session of sessions) process.stdout.write(`${row(session)}\n`);
  store.close();
}

/** `kv sessions show`. */
export async function showSession(id: string | undefined, output: 'json' | 'markdown'): Promise<void> {
  const store = await openStore();
  const session = id === undefined ? latest(store) : store.find(id);
  if (!session)
    throw new KvError('usage', 'There are no sessions yet.', { hint: 'kv investigate "…" makes one.' });
  const events = [...store.events(session.id)];
  if (output === 'json')
    process.stdout.write(
      `${JSON.stringify({ ...session, events, calls: [...store.calls(session.id)] }, null, 2)}\n`,
    );
  else process.stdout.write(markdown(session, events));
  store.close();
}

function latest(store: SessionStore<AgentEvent>): SessionRecord | undefined {
  return store.list({ limit: 50 }).find(session => session.title !== '');
}

async function openStore(): Promise<SessionStore<AgentEvent>> {
  const { store, warning } = await openSessionStore<AgentEvent>(kvPaths(process.env).sessions);
  if (warning) throw new KvError('failed', warning);
  return store;
}

/** A session that has been silent this long while at work was killed. */
const SILENT_MS = 5 * 60_000;

function statusOf(session: SessionRecord): string {
  const silent = Date.now() - session.updatedAt > SILENT_MS;
  return session.status === 'running' && silent ? 'interrupted' : session.status;
}

function row(session: SessionRecord): string {
  const when = new Date(session.createdAt).toISOString().slice(0, 16).replace('T', ' ');
  const room = Math.max(20, (process.stdout.columns ?? 120) - 51);
  return `${session.id.padEnd(18)} ${when}  ${statusOf(session).padEnd(11)} ${oneLine(session.title, room)}`;
}

function markdown(session: SessionRecord, events: AgentEvent[]): string {
  const parts = [
    `# ${session.title || session.id}`,
    `Session ${session.id}, ${new Date(session.createdAt).toISOString()}, ${session.status}`,
  ];
  for (const event of events) {
    const text = section(event);
    if (text) parts.push(text);
  }
  return `${parts.join('\n\n')}\n`;
}

function section(event: AgentEvent): string | undefined {
  switch (event.type) {
    case 'question':
      return `## ${event.text}`;
    case 'turn-finished':
      return [event.text, event.script && `\`\`\`ts\n${event.script}\n\`\`\``].filter(Boolean).join('\n\n');
    case 'script-checked':
      return event.ok ? undefined : `Type-check failed:\n\`\`\`\n${event.message}\n\`\`\``;
    case 'script-finished':
      return event.error
        ? `Failed: ${event.error.name}: ${event.error.message}`
        : event.result && `\`\`\`json\n${event.result}\n\`\`\``;
    case 'approval-decided':
      return `Approval ${event.id}: ${event.decision.outcome}${event.decision.outcome === 'deny' ? ` (${event.decision.reason})` : ''}`;
    case 'change-applied':
      return `Changed: ${event.change.verb} ${event.change.kind} ${event.change.namespace}/${event.change.name}`;
    case 'report':
      return `### Report\n\n${reportText(event.report)}`;
    case 'answer':
      return event.text;
    case 'finished':
      return event.status === 'answered'
        ? undefined
        : `${event.status}: ${event.message ?? ''} ${event.hint ?? ''}`;
    default:
      return undefined;
  }
}
