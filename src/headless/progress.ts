import type { AgentEvent, Mode } from '../agent/events.ts';
import { emptyUsage, observeUsage, type Usage } from '../agent/usage-view.ts';
import { keyArguments } from '../shared/call-arguments.ts';
import { comparedText, formatCost, formatTokens } from '../shared/figures.ts';
import { formatBytes, formatDuration, oneLine } from '../shared/text.ts';
import type { PriceTable } from '../usage/index.ts';

/** Calls of one name in one script that get a line each, counted apart for what went well and what failed. */
const SHOWN_CALLS = 5;

type Started = Extract<AgentEvent, { type: 'call-started' }>;
type Finished = Extract<AgentEvent, { type: 'call-finished' }>;

interface Counts {
  ok: number;
  failed: number;
}

/** Turns events into progress lines for a log: a call is said once, when it is done, with what it was asked. */
export class ProgressLines {
  readonly #open = new Map<number, Started>();
  readonly #counts = new Map<string, Counts>();
  readonly #prices: PriceTable | undefined;
  #usage = emptyUsage();
  #mode: Mode | undefined;

  constructor(prices?: PriceTable) {
    this.#prices = prices;
  }

  /** The lines that an event adds, mostly none or one. */
  of(event: AgentEvent): string[] {
    this.#usage = observeUsage(this.#usage, event, this.#prices);
    switch (event.type) {
      case 'call-started':
        this.#open.set(event.call, event);
        return [];
      case 'call-progress': {
        const name = this.#open.get(event.call)?.name;
        return name ? [`  … ${name}: ${oneLine(event.message, 160)}`] : [];
      }
      case 'call-finished':
        return this.#finished(event);
      case 'script-finished':
      case 'tools-answered':
        return [...this.#uncounted(), ...otherLines(event)];
      case 'mode-chosen':
        return this.#chosen(event);
      case 'finished':
        this.#mode = undefined;
        return [...otherLines(event), ...usageLines(this.#usage)];
      default:
        return otherLines(event);
    }
  }

  /** Only a choice that is not the one before is news. */
  #chosen({ mode, reason }: Extract<AgentEvent, { type: 'mode-chosen' }>): string[] {
    const before = this.#mode;
    this.#mode = mode;
    if (mode === before) return [];
    return [`${before === undefined ? 'mode' : 'mode changed to'} ${mode}: ${reason}`];
  }

  #finished(event: Finished): string[] {
    const started = this.#open.get(event.call);
    if (!started) return [];
    this.#open.delete(event.call);
    const counts = this.#counts.get(started.name) ?? { ok: 0, failed: 0 };
    this.#counts.set(started.name, counts);
    const seen = event.ok ? ++counts.ok : ++counts.failed;
    if (seen > SHOWN_CALLS) return [];
    const what = oneLine(`${started.name} ${keyArguments(started.args)}`, 120);
    if (!event.ok) return [`  ✗ ${what}: ${oneLine(event.error ?? 'failed', 200)}`];
    const summary = event.summary ? `${oneLine(event.summary, 80)}, ` : '';
    const time = event.cached ? 'cached' : formatDuration(event.durationMs);
    return [`  ✓ ${what}: ${summary}${formatBytes(event.bytes)}, ${time}`];
  }

  /** What became of the calls beyond those shown one by one, once their script is over. */
  #uncounted(): string[] {
    const lines = Array.from(this.#counts, ([name, { ok, failed }]) => {
      const [more, moreFailed] = [Math.max(0, ok - SHOWN_CALLS), Math.max(0, failed - SHOWN_CALLS)];
      const parts = [more > 0 ? `${more} more ok` : '', moreFailed > 0 ? `${moreFailed} more failed` : ''];
      return more + moreFailed > 0 ? `  … ${name}: ${parts.filter(Boolean).join(', ')}` : '';
    });
    this.#counts.clear();
    this.#open.clear();
    return lines.filter(Boolean);
  }
}

function otherLines(event: AgentEvent): string[] {
  switch (event.type) {
    case 'session-started':
      return [sessionLine(event)];
    case 'question':
      return [`? ${oneLine(event.text, 200)}`];
    case 'turn-finished':
      return turnLines(event);
    case 'model-retry':
      return [`  retry ${event.attempt} in ${formatDuration(event.delayMs)}: ${oneLine(event.reason, 160)}`];
    case 'script-checked':
      return event.ok ? [] : [`  does not type-check: ${oneLine(event.message, 160)}`];
    case 'console':
      return [`  | ${oneLine(event.text, 200)}`];
    case 'approval-requested':
      return event.approval.changes.map(change => `  ! wants to ${changeName(change)}`);
    case 'approval-decided':
      return event.decision.outcome === 'deny'
        ? [`  ! denied: ${event.decision.reason}`]
        : [`  ! ${event.decision.outcome} (${event.by})`];
    case 'change-applied':
      return [`  ! applied: ${changeName(event.change)}`];
    case 'script-finished':
      return event.error
        ? [`  script failed: ${event.error.name}: ${oneLine(event.error.message, 200)}`]
        : [];
    case 'nudge':
      return [`  nudge: ${event.reason}`];
    case 'notice':
      return [`${event.level === 'warning' ? 'warning' : 'note'}: ${event.text}`];
    case 'finished':
      return [finishedLine(event)];
    case 'budget':
      return [`budget: ${event.text}`];
    case 'script-repaired':
      return event.repairs.map(repair => `  repaired: ${repair}`);
    case 'mode-chosen':
    case 'tools-baseline':
    case 'tools-answered':
    case 'context-changed':
    case 'turn-started':
    case 'text-delta':
    case 'script-delta':
    case 'script-started':
    case 'call-started':
    case 'call-progress':
    case 'call-finished':
    case 'report':
    case 'answer':
      return [];
    default:
      event satisfies never;
      return [];
  }
}

function turnLines({
  turn,
  text,
  script,
  toolCalls,
}: Extract<AgentEvent, { type: 'turn-finished' }>): string[] {
  if (script !== undefined) return [`turn ${turn}: ${oneLine(text || 'runs a script', 160)}`];
  if (!toolCalls) return [];
  const calls = `makes ${toolCalls.length} ${toolCalls.length === 1 ? 'call' : 'calls'}`;
  return [`turn ${turn}: ${oneLine(text || calls, 160)}`];
}

/** What was spent so far, and what tools mode would have taken for the same calls. */
function usageLines({ meter, counterfactual }: Usage): string[] {
  const { totals, costUsd } = meter;
  if (meter.turns.length === 0) return [];
  const about = totals.estimated ? '~' : '';
  const input = `${about}${formatTokens(totals.input + totals.cacheRead + totals.cacheWrite)} tokens in`;
  const parts = [input, `${about}${formatTokens(totals.output)} out`];
  if (costUsd !== undefined && costUsd > 0) parts.push(formatCost(costUsd));
  if (counterfactual && counterfactual.calls > 0) {
    const { factor, input: read, output } = counterfactual.batched;
    parts.push(`${comparedText(factor.tokens)} mode (~${formatTokens(read + output)})`);
  }
  return [parts.join(', ')];
}

function sessionLine({ session, context }: Extract<AgentEvent, { type: 'session-started' }>): string {
  const { model, cluster } = context;
  const name = model.provider === 'offline' ? 'offline' : `${model.provider}:${model.id}`;
  return [`session ${session}`, name, cluster && `${cluster.context}/${cluster.namespace}`]
    .filter(Boolean)
    .join(', ');
}

function finishedLine(event: Extract<AgentEvent, { type: 'finished' }>): string {
  const why = [event.message, event.hint].filter(Boolean).join(' ');
  const count = (number: number, noun: string) => `${number} ${noun}${number === 1 ? '' : 's'}`;
  const figures = `${count(event.turns, 'turn')}, ${count(event.calls, 'call')}, ${formatDuration(event.durationMs)}`;
  return `${event.status}${why ? `: ${why}` : ''} (${figures})`;
}

function changeName(change: { verb: string; kind: string; namespace?: string; name: string }): string {
  return `${change.verb} ${change.kind} ${change.namespace ? `${change.namespace}/` : ''}${change.name}`;
}
