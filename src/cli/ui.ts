import type { FinishStatus } from '../agent/events.ts';
import { kvPaths } from '../config/paths.ts';
import { runTui } from '../tui/index.ts';
import type { FrontEndRequest } from './front-end.ts';
import type { OpenedSession, OpenRequest } from './open-session.ts';
import { openPromptHistory } from './prompt-history.ts';

/**
 * Shows a session in the terminal UI until the person leaves it. What opens a session is loaded only once the first
 * frame is on screen: it takes longer to load than a person should look at nothing.
 */
export async function showUi(request: FrontEndRequest): Promise<FinishStatus> {
  const { options, question } = request;
  const opened: OpenedSession[] = [];
  const open = async (wanted: OpenRequest) => {
    const { openSession } = await import('./open-session.ts');
    const session = await openSession(wanted);
    opened.push(session);
    return session.controller;
  };
  const result = await runTui(() => open(request), {
    initialQuestion: question,
    exitWhenDone: !request.stay,
    stdin: process.stdin,
    stdout: process.stdout,
    env: process.env,
    noAnimation: options.animation === false,
    screenReader: options.screenReader === true,
    openingText: openingText(request),
    history: openPromptHistory(kvPaths(process.env).promptHistory),
    resumeHint: id => `Go on with: kv resume ${id}`,
    onResume: async id =>
      id === undefined ? sessionList(opened.at(-1)!) : open({ ...request, title: '', resume: id }),
    past: id => opened.filter(item => item.controller.id === id).flatMap(item => [...item.store.events(id)]),
    prices: () => opened.at(-1)?.prices,
  });
  await result.controller.close();
  for (const { store, spending } of opened) {
    for (const text of await spending.settle()) process.stderr.write(`warning: ${text}\n`);
    store.close();
  }
  if (result.exit === 'interrupted') return 'cancelled';
  return result.lastStatus ?? 'answered';
}

function openingText({ options }: FrontEndRequest): string {
  if (options.snapshot) return `opening ${options.snapshot}`;
  return options.context ? `connecting to ${options.context}` : 'connecting to the cluster';
}

function sessionList({ store, controller }: OpenedSession): string {
  const sessions = store.list({ limit: 10 }).filter(item => item.id !== controller.id && item.title !== '');
  if (sessions.length === 0) return 'There are no earlier sessions.';
  return sessions.map(item => `${item.id}  ${item.status}  ${item.title}`).join('\n');
}
