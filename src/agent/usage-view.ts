import {
  type Counterfactual,
  closeQuestion,
  countCall,
  counterfactualOf,
  countTurn,
  emptyLedger,
  emptyMeter,
  knowBase,
  type Ledger,
  type Meter,
  meterUsage,
  openQuestion,
  PRICES,
  type PriceTable,
  promptOf,
  totalTokens,
} from '../usage/index.ts';
import type { AgentEvent, Mode, ToolCost } from './events.ts';
import { reportText } from './reporting/text.ts';

/** What a session has used so far, and what tools mode would have used for the same. Never changed in place. */
export interface Usage {
  readonly meter: Meter;
  /**
   * undefined until tools mode would have sent something, and as long as no turn was in code mode: what a session
   * in tools mode costs is what it costs. Turns in tools mode count like those in code mode, with the first page of each result.
   */
  readonly counterfactual: Counterfactual | undefined;
  /** What later events need; not for display. */
  readonly inner: UsageState;
}

interface UsageState {
  readonly ledger: Ledger;
  readonly model: { provider: string; id: string };
  readonly mode: Mode;
  readonly scripted: boolean;
  /** Calls that are under way. */
  readonly open: ReadonlyArray<{ call: number; turn: number; step: number }>;
  /** The answer to the question at hand. */
  readonly answer: string;
}

/** Of reports and answers, where a script gave them and no turn of a model tells their tokens. */
const CHARACTERS_PER_TOKEN = 4;

export function emptyUsage(): Usage {
  const model = { provider: '', id: '' };
  return {
    meter: emptyMeter(),
    counterfactual: undefined,
    inner: { ledger: emptyLedger(), model, mode: 'code', scripted: false, open: [], answer: '' },
  };
}

/**
 * The usage after one more event of the session; the same object for events that change nothing. Feed all events
 * from the first on, those of earlier runs of a resumed session included. `prices` replaces the table that ships
 * with kv.
 */
export function observeUsage(usage: Usage, event: AgentEvent, prices: PriceTable = PRICES): Usage {
  const { inner } = usage;
  switch (event.type) {
    case 'session-started':
      return changed(usage, { model: event.context.model, open: [] });
    case 'context-changed':
      return changed(usage, { model: event.context.model });
    case 'question':
      return changed(usage, { ledger: openQuestion(inner.ledger), open: [], answer: '' });
    case 'tools-baseline': {
      const { system, declarations, question } = event;
      return changed(usage, { ledger: knowBase(inner.ledger, { system, declarations, question }) });
    }
    case 'turn-started':
      return changed(usage, { mode: event.mode, scripted: inner.scripted || event.mode === 'code' });
    case 'turn-finished':
      return turnFinished(usage, event, prices);
    case 'call-started': {
      const { call, turn, step = 1 } = event;
      return changed(usage, { open: [...inner.open, { call, turn, step }] });
    }
    case 'call-finished':
      return callFinished(usage, event, prices);
    case 'report':
      return changed(usage, { answer: reportText(event.report) });
    case 'answer':
      return changed(usage, { answer: event.text });
    case 'finished': {
      if (event.status !== 'answered' || inner.answer === '') return usage;
      const tokens = Math.ceil(inner.answer.length / CHARACTERS_PER_TOKEN);
      return compared(changed(usage, { ledger: closeQuestion(inner.ledger, tokens, prices) }));
    }
    default:
      return usage;
  }
}

function turnFinished(
  usage: Usage,
  event: Extract<AgentEvent, { type: 'turn-finished' }>,
  prices: PriceTable,
): Usage {
  const { model, mode, ledger } = usage.inner;
  const { parts } = event;
  const report = { turn: event.turn, model, mode, usage: event.usage, parts };
  const wantsMore = event.script !== undefined || (event.toolCalls?.length ?? 0) > 0;
  const answered = {
    model,
    input: promptOf(event.usage),
    output: event.usage.outputTokens,
    estimated: event.usage.estimated,
    counted: parts && parts.system + parts.declarations + parts.scripts + parts.results + parts.history,
    closing: !wantsMore && (event.text !== '' || event.report !== undefined),
  };
  return compared(
    changed(
      { ...usage, meter: meterUsage(usage.meter, report, prices) },
      { ledger: countTurn(ledger, answered, prices) },
    ),
  );
}

function callFinished(
  usage: Usage,
  event: Extract<AgentEvent, { type: 'call-finished' }>,
  prices: PriceTable,
): Usage {
  const { open, ledger } = usage.inner;
  const started = open.find(({ call }) => call === event.call);
  if (!started) return usage;
  const rest = { open: open.filter(item => item !== started) };
  if (!event.asTool || event.cached) return changed(usage, rest);
  const { turn, step } = started;
  const cost = usage.inner.mode === 'tools' ? firstPage(event.asTool) : event.asTool;
  return compared(
    changed(usage, {
      ...rest,
      ledger: countCall(ledger, { turn, step, number: event.call, ...cost }, prices),
    }),
  );
}

/** Models that call tools themselves turn the page where they want to; what they read of it is not told. */
function firstPage({ call, result, pages, page = result / Math.max(1, pages) }: ToolCost): ToolCost {
  return { call, result: page, pages: 1 };
}

function changed(usage: Usage, part: Partial<UsageState>): Usage {
  return { ...usage, inner: { ...usage.inner, ...part } };
}

function compared(usage: Usage): Usage {
  const { meter, inner } = usage;
  if (!inner.scripted) return usage;
  const actual = { tokens: totalTokens(meter.totals), costUsd: meter.costUsd };
  return { ...usage, counterfactual: counterfactualOf(inner.ledger, actual) };
}
