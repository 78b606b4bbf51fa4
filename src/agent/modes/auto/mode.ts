import type { ContentPart, ModelMessage } from '../../../llm/port.ts';
import type { AgentEventBody, Mode } from '../../events.ts';
import type { InvestigationMode, ModelAnswer, ModeStep, TurnIo } from '../mode.ts';
import { hasMorePages } from '../tools/messages.ts';
import { chooseMode, type ModeDecision } from './choose.ts';
import { NOTHING_SEEN, type SeenLookups, withLookup } from './turns.ts';

export interface AutoModeDeps {
  code: InvestigationMode;
  tools: InvestigationMode;
  /** The session's present model. */
  model(): { provider: string; id: string };
  /** The conversation so far. */
  history(): readonly ModelMessage[];
}

/**
 * A look-up that is not answered after so many turns of tool calls is none. It counts as one more than these turns on
 * the road that it began on, however many it takes: what was no look-up tells little about the next one.
 */
const LOOKUP_TURNS = 2;

/**
 * Auto mode: each question takes the road that is expected to cost less (see `chooseMode`). A look-up that turns
 * out to be more goes on with scripts; there is no way back within a question. The other road's system prompt costs
 * one more writing of the provider's cache, which is why the choice prefers the road of the question before.
 *
 * How many turns look-ups take depends on the model, so auto mode counts them, for each model by itself: where a
 * model needs a second turn to say what its script found, the next look-up goes by tool calls.
 */
export function createAutoMode(deps: AutoModeDeps): InvestigationMode {
  const unsaid: Record<Mode, string[]> = { code: [], tools: [] };
  let chosen = deps.code;
  let last: Mode | undefined;
  let turns = 0;
  const seen = new Map<string, SeenLookups>();
  /** The look-up that is being worked on, until its turns are counted. */
  let lookup: { model: string; road: Mode } | undefined;

  const modelName = () => `${deps.model().provider}:${deps.model().id}`;
  const seenOf = (model: string) => seen.get(model) ?? NOTHING_SEEN;
  const countLookup = () => {
    if (!lookup) return;
    const { model, road } = lookup;
    seen.set(model, withLookup(seenOf(model), road, Math.min(turns, LOOKUP_TURNS + 1)));
    lookup = undefined;
  };

  const begin = (mode: Mode, question: string, emit: (event: AgentEventBody) => void) => {
    const extra = deps[mode].begin(question, emit);
    if (extra !== undefined) unsaid[mode].push(extra);
  };
  /** What the chosen mode has to tell the model, from questions that were worked on in the other mode as well. */
  const extraOf = (mode: Mode) => unsaid[mode].splice(0).join('\n\n') || undefined;

  const decide = (question: string, emit: (event: AgentEventBody) => void): ModeDecision => {
    begin('code', question, emit);
    if (deps.model().provider === 'offline')
      return { mode: 'code', lookup: false, reason: 'the offline model writes scripts' };
    begin('tools', question, emit);
    const history = charactersOf(deps.history());
    const sizes = { code: sizeOf(deps.code), tools: sizeOf(deps.tools), history, last };
    return chooseMode(question, sizes, seenOf(modelName()));
  };

  const respond = async (answer: ModelAnswer, io: TurnIo): Promise<ModeStep> => {
    turns += 1;
    const step = await chosen.respond(answer, io);
    if (step.kind === 'final') countLookup();
    if (chosen !== deps.tools || step.kind === 'final') return step;
    const why = whyScripts(step.reply, turns);
    if (why === undefined) return step;
    chosen = deps.code;
    last = 'code';
    io.emit({ type: 'mode-chosen', mode: 'code', reason: why });
    const words = [
      'From now on you work by scripts, as the system prompt says; there are no tools any more.',
    ];
    const text = [...words, extraOf('code')].filter(Boolean).join('\n\n');
    return { ...step, reply: { ...step.reply, content: [...step.reply.content, { type: 'text', text }] } };
  };

  return {
    get name() {
      return chosen.name;
    },
    begin(question, emit) {
      const { mode, reason, lookup: isLookup } = decide(question, emit);
      chosen = deps[mode];
      last = mode;
      turns = 0;
      lookup = isLookup ? { model: modelName(), road: mode } : undefined;
      emit({ type: 'mode-chosen', mode, reason });
      return extraOf(mode);
    },
    get system() {
      return chosen.system;
    },
    get declarations() {
      return chosen.declarations;
    },
    get tools() {
      return chosen.tools;
    },
    reader: () => chosen.reader(),
    understand: answer => chosen.understand?.(answer) ?? answer,
    respond,
  };
}

/** Why a look-up is to go on with scripts, if it is. */
function whyScripts(reply: ModelMessage, turns: number): string | undefined {
  if (reply.content.some(part => part.type === 'tool-result' && hasMorePages(part.text)))
    return 'a result has more than one page: scripts read it whole';
  return turns > LOOKUP_TURNS
    ? `more than a look-up: no answer after ${turns} turns of tool calls`
    : undefined;
}

function sizeOf(mode: InvestigationMode): number {
  const system = mode.system.reduce((sum, block) => sum + block.text.length, 0);
  return system + (mode.tools ? JSON.stringify(mode.tools).length : 0);
}

function charactersOf(history: readonly ModelMessage[]): number {
  const length = (part: ContentPart) =>
    part.type === 'tool-call' ? JSON.stringify(part.input).length : part.text.length;
  return history.reduce((sum, { content }) => content.reduce((rest, part) => rest + length(part), sum), 0);
}
