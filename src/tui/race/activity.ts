import type { AgentEvent } from '../../agent/events.ts';
import { keyArguments } from '../../shared/call-arguments.ts';
import { oneLine } from '../../shared/text.ts';
import type { View } from '../state/view.ts';

/** One line of what a column has done. */
export interface ActivityLine {
  state: 'ok' | 'bad' | 'said' | 'script';
  text: string;
  /** Calls of this name right after each other; their arguments are left out. */
  call?: { name: string; times: number };
}

const KEPT = 60;
const CHARACTERS = 200;

/** The lines after one more event; `view` is the session before it. */
export function addActivity(
  lines: readonly ActivityLine[],
  event: AgentEvent,
  view: View,
): readonly ActivityLine[] {
  const add = (...added: ActivityLine[]) => [...lines, ...added].slice(-KEPT);
  switch (event.type) {
    case 'turn-finished': {
      // The closing words are what the column's note says.
      const isClosing = event.script === undefined && !event.toolCalls;
      const said = isClosing ? '' : oneLine(event.text, CHARACTERS);
      const script = event.script?.trimEnd().split('\n').length;
      return add(
        ...(said ? [{ state: 'said', text: said } as const] : []),
        ...(script
          ? [{ state: 'script', text: `script, ${script} ${script === 1 ? 'line' : 'lines'}` } as const]
          : []),
      );
    }
    case 'script-repaired':
      return add(...event.repairs.map(text => ({ state: 'said', text: `mended: ${text}` }) as const));
    case 'script-checked':
      return event.ok
        ? lines
        : add({ state: 'bad', text: `type error: ${oneLine(event.message, CHARACTERS)}` });
    case 'call-finished':
      return addCall(lines, event, view);
    case 'script-finished':
      return event.error
        ? add({ state: 'bad', text: `${event.error.name}: ${oneLine(event.error.message, CHARACTERS)}` })
        : lines;
    case 'model-retry':
      return add({ state: 'said', text: oneLine(event.reason, CHARACTERS) });
    case 'finished':
      return event.message ? add({ state: 'bad', text: oneLine(event.message, CHARACTERS) }) : lines;
    default:
      return lines;
  }
}

/** The same call again, and again well: a loop over 34 pods is one line that counts. */
function addCall(
  lines: readonly ActivityLine[],
  event: Extract<AgentEvent, { type: 'call-finished' }>,
  view: View,
): readonly ActivityLine[] {
  const started = startedCall(view, event.call);
  if (!started) return lines;
  const { name, args } = started;
  const last = lines.at(-1);
  if (event.ok && last?.state === 'ok' && last.call?.name === name)
    return lines.with(-1, { state: 'ok', text: name, call: { name, times: last.call.times + 1 } });
  const what = `${name} ${keyArguments(args)}`.trimEnd();
  const text = event.ok
    ? [what, event.summary].filter(Boolean).join('  ')
    : `${what}: ${event.error ?? 'failed'}`;
  const line: ActivityLine = event.ok
    ? { state: 'ok', text: oneLine(text, CHARACTERS), call: { name, times: 1 } }
    : { state: 'bad', text: oneLine(text, CHARACTERS) };
  return [...lines, line].slice(-KEPT);
}

function startedCall(view: View, call: number): { name: string; args: unknown } | undefined {
  for (const block of view.blocks.toReversed()) {
    if (block.kind !== 'run') continue;
    const open = block.open[call];
    if (open) return { name: block.groups[open.group]!.name, args: open.args };
  }
  return undefined;
}
