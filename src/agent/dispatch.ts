import type { Catalog } from '../capabilities/catalog.ts';
import type { AnyCapability, CapabilityContext } from '../capabilities/define.ts';
import type { Effect } from '../policy/types.ts';
import type { HostCallRequest } from '../sandbox/port.ts';
import { KvError, messageOf } from '../shared/errors.ts';
import { isRecord } from '../shared/json.ts';
import { cleanText } from '../shared/text.ts';
import { capText, capValue } from '../shared/truncate.ts';
import type { AgentEventBody, ToolCost } from './events.ts';
import type { Journal } from './journal.ts';
import type { CallReuse } from './reuse.ts';
import type { EndedCall } from './tool-cost.ts';

export interface DispatchDeps {
  catalog: Catalog;
  journal: Journal;
  context(call: { turn: number; progress(message: string): void; signal: AbortSignal }): CapabilityContext;
  /** Hides secrets in a capability's result before anything else sees it. */
  redactResult(value: unknown): unknown;
  redactText(text: string): string;
  /** Turns placeholders in arguments back into the values they stand for. */
  resolveArgs(value: unknown, capability: string): unknown;
  /** Runs a call that may change something, so that changes of one tick are asked for together. */
  expectChange<T>(work: () => Promise<T>): Promise<T>;
  /** Answers of earlier calls that still hold. */
  reuse: CallReuse;
  /** What a call costs as a tool call; undefined for what tools mode does without. */
  toolCost(call: EndedCall): Promise<ToolCost | undefined>;
  /** The next call's number within the session. */
  nextCall(): number;
  now(): number;
}

/** One call: of a script, or (with line 0) of the model itself. */
export interface CallRequest extends Pick<HostCallRequest, 'name' | 'args' | 'line'> {
  /** See `call-started`. */
  step: number;
}

/** What came of a call: its JSON text for a script, the value itself for a tool result. */
export interface CallOutcome {
  text: string;
  value: unknown;
}

/** Of the parameters of a call that only reads: look-ups and searches on the host take time by their length. */
const READ_CHARACTERS = 100_000;
/** Of a call's arguments in events; the journal has them whole. */
const ARGUMENT_CHARACTERS = 20_000;
/** Of an error; servers may put anything into theirs. */
const MESSAGE_CHARACTERS = 4_000;

/**
 * Carries out one capability call of either mode: validates the arguments, runs the capability, redacts what it
 * returned, journals it and emits its events. Resolves to what it returned; rejects with an Error whose message teaches
 * the caller. `onFatal` hears of failures after which no call can succeed.
 */
export async function dispatchCall(
  deps: DispatchDeps,
  request: CallRequest,
  io: { turn: number; emit(event: AgentEventBody): void; onFatal(error: KvError): void },
  signal: AbortSignal,
): Promise<CallOutcome> {
  const call = deps.nextCall();
  const ended = new AbortController();
  const startedAt = deps.now();
  const args = parseArgs(request.args);
  const capability = deps.catalog.get(request.name);
  const effect = capability ? effectOf(capability, args) : 'read';
  const redactedArgs = deps.redactResult(args);
  const shown = capValue(redactedArgs, ARGUMENT_CHARACTERS, 'args').value;
  io.emit({
    type: 'call-started',
    turn: io.turn,
    call,
    name: request.name,
    args: shown,
    effect,
    line: request.line,
    step: request.step,
  });

  const done = (
    ok: boolean,
    result: string,
    rest: { error?: string; summary?: string; cached?: boolean; asTool?: ToolCost } = {},
  ) => {
    const { error, summary = '', cached, asTool } = rest;
    const durationMs = deps.now() - startedAt;
    deps.journal.add({
      call,
      turn: io.turn,
      name: request.name,
      args: redactedArgs,
      effect,
      ok,
      result,
      error,
      startedAt,
      durationMs,
      cached,
    });
    io.emit({
      type: 'call-finished',
      call,
      ok,
      bytes: result.length,
      durationMs,
      summary,
      error,
      cached,
      asTool,
    });
  };
  try {
    if (!capability) throw unknownCapability(deps.catalog, request.name);
    if (effect === 'read' && !isState(request.name) && request.args.length > READ_CHARACTERS) {
      throw new KvError(
        'usage',
        `${request.name}: the parameters have ${request.args.length} characters; ${READ_CHARACTERS} are allowed.`,
        {
          hint: 'Pass names and selectors, not data.',
        },
      );
    }
    const params = validate(capability, deps.resolveArgs(args, capability.name));
    const progress = (message: string) =>
      io.emit({ type: 'call-progress', call, message: deps.redactText(cleanText(message)) });
    // What was approved for this call ends with it.
    const context = deps.context({
      turn: io.turn,
      progress,
      signal: AbortSignal.any([signal, ended.signal]),
    });
    const reuse = deps.reuse.open(capability, params, { turn: io.turn, step: request.step });
    const run = () => capability.run(context, params);
    const read = async () => (reuse.known === undefined ? await run() : JSON.parse(reuse.known));
    const found = await (effect === 'read' ? read() : change(deps, run));
    // What a script kept it has seen already; hiding it anew would tell which guesses are a secret. What is
    // answered from memory is redacted anew: a secret in it may have become known since.
    const value = isState(capability.name) ? found : deps.redactResult(found);
    const text = JSON.stringify(value) ?? 'null';
    reuse.keep(text);
    const asTool = await deps.toolCost({
      name: capability.name,
      args: redactedArgs,
      value,
      size: text.length,
    });
    done(true, text, { summary: summaryOf(value), cached: reuse.known !== undefined || undefined, asTool });
    return { text, value };
  } catch (error) {
    if (error instanceof KvError && error.kind === 'cluster-unreachable') io.onFatal(error);
    const said = deps.redactText(cleanText(signal.aborted ? 'cancelled' : messageOf(error)));
    const message = capText(said, MESSAGE_CHARACTERS);
    const asTool = await deps.toolCost({ name: request.name, args: redactedArgs, error: message });
    done(false, '', { error: message, asTool });
    const facts = error instanceof KvError ? deps.redactResult(error.facts) : {};
    throw callFailure(message, error, capValue(facts, MESSAGE_CHARACTERS).value);
  } finally {
    ended.abort();
  }
}

/** Whatever comes of a change, and of one that fails half-way: what was read before the end of it is stale. */
async function change(deps: DispatchDeps, run: () => Promise<unknown>): Promise<unknown> {
  try {
    return await deps.expectChange(run);
  } finally {
    deps.reuse.clear();
  }
}

/** What the script gets to catch: the redacted sentence, and the facts behind it (`statusCode`, `reason`). */
function callFailure(message: string, error: unknown, facts: unknown): Error {
  const failure = new KvError(error instanceof KvError ? error.kind : 'failed', message, {
    facts: isRecord(facts) ? facts : {},
  });
  return Object.assign(failure, { name: error instanceof Error ? error.name : 'Error' });
}

/** Calls whose data is the script's own. What the shelf of earlier results keeps came from the cluster. */
function isState(name: string): boolean {
  return name.startsWith('state.') && !name.startsWith('state.result');
}

function parseArgs(json: string): unknown {
  return json === '' ? {} : (JSON.parse(json) ?? {});
}

function effectOf(capability: AnyCapability, args: unknown): Effect {
  if (typeof capability.effect === 'string') return capability.effect;
  const parsed = capability.params.safeParse(args);
  return parsed.success ? capability.effect(parsed.data) : 'read';
}

function unknownCapability(catalog: Catalog, name: string): Error {
  const hint = catalog.suggest(name) ?? 'tools.search({ query }) finds what there is.';
  return new KvError('usage', `${name} does not exist.`, { hint });
}

function validate(capability: AnyCapability, args: unknown): Record<string, unknown> {
  const parsed = capability.params.safeParse(args);
  if (parsed.success) return parsed.data;
  const issues = parsed.error.issues.slice(0, 3).map(issue => {
    const where = issue.path.length > 0 ? issue.path.join('.') : 'the parameters';
    return `${where}: ${issue.message}`;
  });
  const known = Object.keys(capability.params.shape);
  throw new KvError('usage', `${capability.name}: ${issues.join('; ')}.`, {
    hint: known.length > 0 ? `It takes one object with ${known.join(', ')}.` : 'It takes no parameters.',
  });
}

/** What a person reads beside a finished call. */
function summaryOf(value: unknown): string {
  if (Array.isArray(value)) return plural(value.length, 'item');
  if (!isRecord(value)) return '';
  if (typeof value.summary === 'string') return value.summary;
  for (const [key, noun] of LISTS) {
    const list = value[key];
    if (Array.isArray(list)) return plural(list.length, noun) + (value.truncated === true ? ' (cut)' : '');
  }
  return '';
}

const LISTS: Array<[string, string]> = [
  ['items', 'item'],
  ['pods', 'pod'],
  ['lines', 'line'],
  ['matches', 'match'],
  ['events', 'event'],
  ['chains', 'chain'],
  ['functions', 'function'],
  ['processes', 'process'],
  ['entries', 'entry'],
  ['rows', 'row'],
  ['findings', 'finding'],
  ['revisions', 'revision'],
];

function plural(count: number, noun: string): string {
  const many = noun.endsWith('y')
    ? `${noun.slice(0, -1)}ies`
    : `${noun}${/(?:ch|ss)$/.test(noun) ? 'es' : 's'}`;
  return `${count} ${count === 1 ? noun : many}`;
}
