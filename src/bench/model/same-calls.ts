import type { AgentEvent } from '../../agent/events.ts';
import { reportText } from '../../agent/reporting/text.ts';
import { pagesRead } from '../../agent/tool-cost.ts';
import type { LanguageModel, ModelEvent, ModelRequest } from '../../llm/port.ts';
import { UNREPORTED } from '../../llm/unreported.ts';
import { unreadPages } from '../policies/pages.ts';
import type { Call } from '../policies/steps.ts';

/** What a code run did, as far as tool calls can do it too. */
export interface CodeWork {
  /** In the order in which they were made. */
  calls: Call[];
  /** The same by step: calls of one did not need each other's answers. */
  steps: Call[][];
  answer: string;
}

/**
 * Writes down a code run. Left out is what the counterfactual leaves out: calls that only scripts have, and calls
 * that were answered from memory.
 */
export function createWorkRecorder(): { observe(event: AgentEvent): void; work(): CodeWork } {
  const open = new Map<number, Extract<AgentEvent, { type: 'call-started' }>>();
  const made: Array<{ turn: number; step: number; number: number; call: Call }> = [];
  const answers: string[] = [];
  const observe = (event: AgentEvent): void => {
    if (event.type === 'report') answers.push(reportText(event.report));
    else if (event.type === 'answer') answers.push(event.text);
    else if (event.type === 'call-started') open.set(event.call, event);
    else if (event.type === 'call-finished' && event.asTool && !event.cached) {
      const { turn, step = 1, name, args } = open.get(event.call)!;
      made.push({ turn, step, number: event.call, call: { name, input: args as Call['input'] } });
    }
  };
  const work = () => {
    const inOrder = made.toSorted((a, b) => a.turn - b.turn || a.number - b.number);
    const byStep = inOrder.toSorted((a, b) => a.turn - b.turn || a.step - b.step);
    const steps = Map.groupBy(byStep, ({ turn, step }) => `${turn}, ${step}`);
    return {
      calls: inOrder.map(item => item.call),
      steps: [...steps.values()].map(items => items.map(item => item.call)),
      answer: answers.join('\n\n'),
    };
  };
  return { observe, work };
}

/**
 * A model that makes a code run's very calls one step a batch, or with `sequential` one call an answer, in the order
 * of the script; reads as many pages of each result as the counterfactual says; and closes with the run's answer.
 * What it costs is what the counterfactual claims to predict. One instance a run.
 */
export function createSameCallsModel(
  work: CodeWork,
  options: { id: string; sequential: boolean },
): LanguageModel {
  const waiting: Batch[] = inBatches(options.sequential ? work.calls : work.steps, true);
  let asked: Batch | undefined;
  let answers = 0;

  function next(results: string[]): Batch | undefined {
    const { calls = [], isFirstPage = false } = asked ?? {};
    const further = isFirstPage ? calls.flatMap((call, i) => wantedPages(call, results[i] ?? '')) : [];
    const isTogether = !options.sequential && further.length > 0;
    waiting.unshift(...inBatches(isTogether ? [further] : further, false));
    return waiting.shift();
  }

  async function* stream(request: ModelRequest, signal: AbortSignal): AsyncGenerator<ModelEvent> {
    signal.throwIfAborted();
    const content = request.messages.at(-1)?.content ?? [];
    asked = next(content.flatMap(part => (part.type === 'tool-result' ? [part.text] : [])));
    answers += 1;
    if (!asked) yield { type: 'text', delta: work.answer || 'The script gave no answer.' };
    for (const [i, { name, input }] of asked?.calls.entries() ?? []) {
      yield { type: 'tool-call', id: `call_${answers}_${i + 1}`, name: name.replaceAll('.', '_'), input };
    }
    yield { type: 'finish', reason: asked ? 'tool-calls' : 'end', usage: UNREPORTED };
  }

  return { provider: 'scripted', id: options.id, contextWindow: 10_000_000, stream };
}

/** Calls that go out together. */
interface Batch {
  calls: Call[];
  /** They ask for the first page of something, which may have more. */
  isFirstPage: boolean;
}

function inBatches(list: ReadonlyArray<Call | Call[]>, isFirstPage: boolean): Batch[] {
  return list.map(item => ({ calls: [item].flat(), isFirstPage }));
}

/** The pages after the first that the counterfactual counts. */
function wantedPages(call: Call, text: string): Call[] {
  const further = unreadPages(call, text);
  return further.slice(0, pagesRead({ name: call.name, args: call.input }, further.length + 1) - 1);
}
