import type { AgentEvent } from '../../agent/events.ts';
import { emptyUsage, observeUsage, type Usage } from '../../agent/usage-view.ts';
import { type PriceTable, totalTokens } from '../../usage/index.ts';

/** What the session has spent, as the screen shows it. */
export interface Spent {
  usage: Usage;
  /** Milliseconds that each turn's answer took. */
  times: Readonly<Record<number, number>>;
  /** The sums at the beginning of the question under way, or of the last one. */
  before: Sums;
}

/** Sums from which one question's share can be told. */
export interface Sums {
  tokens: number;
  /** What tools mode would have taken, calls that do not depend on each other at once. */
  tools: number;
  calls: number;
  turns: number;
}

export function emptySpent(): Spent {
  return { usage: emptyUsage(), times: {}, before: { tokens: 0, tools: 0, calls: 0, turns: 0 } };
}

export function observeSpent(spent: Spent, event: AgentEvent, prices?: PriceTable): Spent {
  const usage = observeUsage(spent.usage, event, prices);
  if (event.type === 'question') return { ...spent, usage, before: sumsOf(spent.usage) };
  if (event.type === 'turn-finished')
    return { ...spent, usage, times: { ...spent.times, [event.turn]: event.durationMs } };
  return usage === spent.usage ? spent : { ...spent, usage };
}

export interface Compared {
  /** The mode that was worked in. */
  label: string;
  tokens: number;
  tools: number;
  estimated: boolean;
}

/**
 * One question against tools mode. undefined where it made no calls or wrote no scripts: what is worked on in tools
 * mode costs what it costs.
 */
export function questionCompared({ usage, before }: Spent): Compared | undefined {
  const now = sumsOf(usage);
  const turns = usage.meter.turns.slice(before.turns);
  const tokens = now.tokens - before.tokens;
  const tools = now.tools - before.tools;
  const isScripted = turns.some(turn => turn.mode === 'code');
  if (!isScripted || now.calls === before.calls || tokens <= 0 || tools <= 0) return undefined;
  const label = turns.every(turn => turn.mode === 'code') ? 'code' : 'mixed';
  return { label, tokens, tools, estimated: turns.some(turn => turn.estimated) };
}

function sumsOf({ meter, counterfactual }: Usage): Sums {
  const { batched, calls = 0 } = counterfactual ?? {};
  return {
    tokens: totalTokens(meter.totals),
    tools: batched ? batched.input + batched.output : 0,
    calls,
    turns: meter.turns.length,
  };
}
