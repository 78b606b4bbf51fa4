import { keyArguments } from '../../shared/call-arguments.ts';
import { formatDuration } from '../../shared/text.ts';
import { changeName, type RunBlock, type View } from './view.ts';

/** What is happening right now, in one line; undefined when nothing is. */
export function nowText(view: View, times: string): string | undefined {
  const waiting = view.approvals[0];
  if (waiting) {
    const [first] = waiting.changes;
    if (waiting.changes.length === 1 && first) return `waiting for you: ${changeName(first)}`;
    return `waiting for you: ${waiting.changes.length} changes`;
  }
  switch (view.activity.kind) {
    case 'idle':
      return undefined;
    case 'asking':
      return view.turn === 0 ? 'starting' : 'asking the model';
    case 'writing':
      return view.activity.what === 'script' ? 'the model is writing a script' : 'the model is answering';
    case 'retrying': {
      const { reason, attempt, delayMs } = view.activity;
      return `${reason}; trying again in ${formatDuration(delayMs)} (attempt ${attempt})`;
    }
    case 'checking':
      return 'checking the script';
    case 'running':
      return runningText(view, view.activity.what, times);
    default:
      return view.activity satisfies never;
  }
}

function runningText(view: View, what: 'script' | 'calls', times: string): string {
  const run = view.blocks.findLast(block => block.kind === 'run' && !block.done) as RunBlock | undefined;
  const open = run ? Object.values(run.open) : [];
  const group = run && open.length > 0 ? run.groups[open.at(-1)!.group] : undefined;
  if (!group) return what === 'script' ? 'running the script' : 'making the calls';
  const many = open.length > 1 ? ` ${times}${open.length}` : ` ${keyArguments(open[0]!.args)}`;
  return `running ${group.name}${many}${group.progress ? ` (${group.progress})` : ''}`.trimEnd();
}
