import { createHash } from 'node:crypto';
import { appendFile, readFile } from 'node:fs/promises';
import { isRecord } from '../shared/json.ts';
import { abortable } from './abortable.ts';
import { ModelError } from './errors.ts';
import type { ContentPart, LanguageModel, ModelEvent, ModelRequest } from './port.ts';

/** One line of a recording (JSONL). Requests are kept as hashes only; `asked` helps a person to find the place. */
interface RecordedAnswer {
  v: 1;
  /** `requestHash` of the request. */
  request: string;
  /** Start of the last message's text. */
  asked: string;
  model: { provider: string; id: string; contextWindow: number };
  events: ModelEvent[];
  /** The model's failure after these events, if it failed. */
  error?: { message: string; hint?: string };
}

/** SHA-256 of what decides the answer: system text, messages and tools; marks and limits do not count. */
export function requestHash(request: ModelRequest): string {
  const decisive = [
    request.system.map(block => block.text),
    request.messages.map(({ role, content }) => [role, content.map(unmarked)]),
    request.tools ?? [],
  ];
  return createHash('sha256')
    .update(JSON.stringify(sorted(decisive)))
    .digest('hex');
}

function unmarked(part: ContentPart): ContentPart {
  return part.type === 'text' ? { type: 'text', text: part.text } : part;
}

/** Passes `model` through and appends every answer, failures included, to the JSONL file at `path`. */
export function recordModel(model: LanguageModel, path: string): LanguageModel {
  async function* recording(request: ModelRequest, signal: AbortSignal): AsyncGenerator<ModelEvent> {
    const events: ModelEvent[] = [];
    const line = (error?: ModelError): RecordedAnswer => ({
      v: 1,
      request: requestHash(request),
      asked: lastText(request).slice(0, 120),
      model: { provider: model.provider, id: model.id, contextWindow: model.contextWindow },
      events,
      ...(error ? { error: { message: error.message, hint: error.hint } } : {}),
    });
    try {
      for await (const event of model.stream(request, signal)) {
        events.push(event);
        yield event;
      }
    } catch (error) {
      if (error instanceof ModelError)
        await appendFile(path, `${JSON.stringify(line(error))}\n`, { mode: 0o600 });
      throw error;
    }
    await appendFile(path, `${JSON.stringify(line())}\n`, { mode: 0o600 });
  }
  return {
    provider: model.provider,
    id: model.id,
    get contextWindow() {
      return model.contextWindow;
    },
    stream: recording,
  };
}

/** Answers from a recording: the same request gets the same events; asked again, the next ones recorded for it. */
export async function createRecordedModel(path: string): Promise<LanguageModel> {
  const answers = await readRecording(path);
  const byRequest = Map.groupBy(answers, answer => answer.request);
  const used = new Map<string, number>();

  async function* replay(request: ModelRequest): AsyncGenerator<ModelEvent> {
    const hash = requestHash(request);
    const recorded = byRequest.get(hash);
    if (!recorded) throw missing(path, request, answers);
    const turn = used.get(hash) ?? 0;
    used.set(hash, turn + 1);
    const answer = recorded[Math.min(turn, recorded.length - 1)]!;
    yield* answer.events;
    if (answer.error) throw new ModelError(answer.error.message, { hint: answer.error.hint });
  }

  return {
    provider: 'recorded',
    id: answers[0]?.model.id ?? 'empty',
    contextWindow: answers[0]?.model.contextWindow ?? 0,
    stream: (request, signal) => abortable(replay(request), signal),
  };
}

async function readRecording(path: string): Promise<RecordedAnswer[]> {
  const text = await readFile(path, 'utf8').catch(error => {
    throw new ModelError(`The recording ${path} cannot be read: ${(error as Error).message}.`, {
      cause: error,
    });
  });
  const lines = text.split('\n').filter(line => line !== '');
  return lines.map((line, index) => {
    const value = parsed(line);
    if (!isRecorded(value)) {
      throw new ModelError(`Line ${index + 1} of the recording ${path} is not a recorded answer.`, {
        hint: 'Record again, or remove that line.',
      });
    }
    return value;
  });
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

function isRecorded(value: unknown): value is RecordedAnswer {
  return (
    isRecord(value) &&
    value['v'] === 1 &&
    typeof value['request'] === 'string' &&
    Array.isArray(value['events'])
  );
}

function missing(path: string, request: ModelRequest, answers: RecordedAnswer[]): ModelError {
  const asked = lastText(request).slice(0, 120);
  const near = answers.find(answer => answer.asked === asked);
  const why = near
    ? 'The last message is the same as in a recorded one, so the system prompt, the tools or an earlier message differ.'
    : 'No recorded request ends with this message.';
  return new ModelError(
    `The recording ${path} holds no answer to this request ("${asked}"; ${answers.length} recorded).`,
    { hint: `${why} Record again.`, facts: { request: requestHash(request) } },
  );
}

function lastText(request: ModelRequest): string {
  const parts = request.messages.at(-1)?.content ?? [];
  return parts.map(part => (part.type === 'tool-call' ? part.name : part.text)).join(' ');
}

/** The same value with object keys in order, so that equal requests hash equally. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (!isRecord(value)) return value;
  const keys = Object.keys(value).sort();
  return Object.fromEntries(keys.map(key => [key, sorted(value[key])]));
}
