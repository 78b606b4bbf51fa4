import { ApiError } from '../cluster/errors.ts';
import { readJson, readText, type Transport, type TransportRequest } from '../cluster/transport.ts';
import { isRecord } from '../shared/json.ts';
import type { Classified } from './effects.ts';
import type { Gate } from './gate.ts';
import { kindOfPlural } from './kinds.ts';
import { objectDiff } from './object-diff.ts';
import { type LiveObject, pinned } from './pin.ts';
import type { Redactor } from './redact.ts';
import type { Change, Effect } from './types.ts';
import { visible } from './visible.ts';

/** A change as it waits: what will be sent, what a person is shown, and the object that both refer to. */
export interface Prepared {
  /** As the caller asked for it. */
  original: TransportRequest;
  /** As it will be sent: pinned to `live`. */
  request: TransportRequest;
  what: Classified;
  live: LiveObject | undefined;
  change: Change;
}

export interface PrepareOptions {
  transport: Transport;
  gate: Gate;
  redactor: Pick<Redactor, 'redactResult' | 'redactText'>;
  /** Ask the server what would happen. Its refusal rejects, so that nobody is asked for what cannot be. */
  preview: boolean;
}

/** Groups whose kinds need no group to be told apart. */
const PLAIN_GROUPS = new Set(['', 'apps', 'batch', 'autoscaling', 'policy', 'extensions']);
const NAMES_SHOWN = 20;
const PREVIEW_TRIES = 3;

/** Reads the object, pins the request to it, lets the server try it, and describes it for a person. */
export async function prepareChange(
  original: TransportRequest,
  what: Classified,
  options: PrepareOptions,
): Promise<Prepared> {
  for (let tries = 1; ; tries++) {
    const live = await readLive(options.transport, original, what, original.signal);
    const request = pinned(original, what, live.object);
    try {
      const preview = await tryOut(request, what, options);
      const notes = [live.note, preview.note, await collectionNote(original, what, options.transport)];
      const change = describe(request, what, live.object, preview, notes, options);
      return { original, request, what, live: live.object, change };
    } catch (error) {
      // Its status moved between the two requests; a conflict that lasts is the server's answer.
      if (!(error instanceof ApiError) || error.statusCode !== 409 || tries >= PREVIEW_TRIES) throw error;
      const now = await readLive(options.transport, original, what, original.signal);
      if (JSON.stringify(now.object) === JSON.stringify(live.object)) throw error;
    }
  }
}

/** The same approved change for a newer reading of its object. */
export function repinned(prepared: Prepared, live: LiveObject): Prepared {
  return { ...prepared, live, request: pinned(prepared.original, prepared.what, live) };
}

/** The object that a request is about, as it is now. */
export async function readLive(
  transport: Transport,
  request: TransportRequest,
  what: Classified,
  signal: AbortSignal,
): Promise<{ object?: LiveObject; note?: string }> {
  if (what.plural === '' || what.name === '' || what.effect === 'exec') return {};
  if (what.verb === 'create' && what.subresource === '') return {};
  const keepsPath = what.subresource === '' || what.subresource === 'scale' || what.subresource === 'status';
  const path = keepsPath
    ? request.path
    : request.path.replace(/\/+$/, '').slice(0, -what.subresource.length - 1);
  try {
    const object = await readJson<unknown>(await transport.request({ method: 'GET', path, signal }));
    return isRecord(object) ? { object } : {};
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    if (error.statusCode === 404) return {};
    return {
      note: `The object cannot be read (${error.message}), so the change is not pinned to a version of it.`,
    };
  }
}

interface Preview {
  after?: unknown;
  note?: string;
}

async function tryOut(
  request: TransportRequest,
  what: Classified,
  options: PrepareOptions,
): Promise<Preview> {
  if (!options.preview) return {};
  if (!what.dryRunnable) return { note: 'The server offers no dry run for this request.' };
  const body =
    request.method === 'DELETE' && isRecord(request.body)
      ? { ...request.body, dryRun: ['All'] }
      : request.body;
  try {
    const response = await options.transport.request({
      ...request,
      body,
      query: { ...request.query, dryRun: 'All' },
    });
    const text = await readText(response);
    return { after: what.effect === 'delete' || text === '' ? undefined : JSON.parse(text) };
  } catch (error) {
    // Webhooks with side effects refuse dry runs; that says nothing about the change itself.
    const unsupported =
      error instanceof ApiError && error.statusCode === 400 && /dry.?run/i.test(error.status.message ?? '');
    if (!unsupported) throw error;
    return { note: `No preview: ${options.redactor.redactText((error as ApiError).message)}` };
  }
}

async function collectionNote(
  request: TransportRequest,
  what: Classified,
  transport: Transport,
): Promise<string | undefined> {
  if (what.verb !== 'deletecollection') return undefined;
  const { labelSelector, fieldSelector } = request.query ?? {};
  const query = { labelSelector, fieldSelector, limit: 500 };
  const response = await transport.request({
    method: 'GET',
    path: request.path,
    query,
    signal: request.signal,
  });
  const list = await readJson<{
    items?: Array<{ metadata?: { name?: string } }>;
    metadata?: { continue?: string };
  }>(response);
  const names = (list.items ?? []).map(item => item.metadata?.name ?? '?');
  const more = list.metadata?.continue ? 'more than ' : '';
  const shown = names.slice(0, NAMES_SHOWN).join(', ');
  return `Deletes ${more}${names.length} objects: ${shown}${names.length > NAMES_SHOWN ? ', …' : ''}`;
}

function describe(
  request: TransportRequest,
  what: Classified,
  live: LiveObject | undefined,
  preview: Preview,
  notes: Array<string | undefined>,
  { gate, redactor }: PrepareOptions,
): Change {
  const before = live === undefined ? undefined : redactor.redactResult(withoutManagedFields(live));
  const after = preview.after === undefined ? undefined : redactor.redactResult(preview.after);
  const diff = after === undefined ? undefined : objectDiff(before, after);
  if (diff === '') notes.push('The server says that nothing would change.');
  const query = Object.entries(request.query ?? {}).filter(([, value]) => value !== undefined);
  const note = notes.filter(Boolean).join(' ');
  const text = (value: unknown) => redactor.redactText(String(value));
  const shown = visible({
    id: gate.newId(),
    effect: what.effect as Exclude<Effect, 'read'>,
    verb: what.verb,
    kind: text(kindLabel(what, live ?? preview.after)),
    namespace: text(what.namespace),
    name: text(what.name || nameIn(preview.after ?? request.body)),
    request: {
      method: request.method,
      path: text(request.path),
      query: Object.fromEntries(query.map(([key, value]) => [key, text(value)])),
      ...(request.body === undefined ? {} : { body: redactor.redactResult(request.body) }),
    },
    ...(diff ? { diff } : {}),
    ...(note ? { note: redactor.redactText(note) } : {}),
  });
  return before === undefined ? shown : { ...shown, before };
}

function kindLabel(what: Classified, object: unknown): string {
  const told = isRecord(object) && typeof object.kind === 'string' ? object.kind : undefined;
  const plain = what.subresource === '' && told && told !== 'Status' ? told : kindOfPlural(what.plural);
  const kind =
    PLAIN_GROUPS.has(what.group) || what.group.endsWith('.k8s.io') ? plain : `${plain}.${what.group}`;
  return ['', 'scale', 'eviction'].includes(what.subresource) ? kind : `${kind}/${what.subresource}`;
}

function nameIn(object: unknown): string {
  const metadata = isRecord(object) && isRecord(object.metadata) ? object.metadata : {};
  return String(metadata.name ?? metadata.generateName ?? '');
}

function withoutManagedFields(object: LiveObject): LiveObject {
  if (!isRecord(object.metadata)) return object;
  const { managedFields: _managed, ...metadata } = object.metadata;
  return { ...object, metadata };
}

/** `patch Deployment shop/checkout`. */
export function labelOf(what: {
  verb: string;
  kind?: string;
  plural?: string;
  namespace: string;
  name: string;
}): string {
  const kind = what.kind ?? kindOfPlural(what.plural ?? '');
  const name = [what.namespace, what.name].filter(Boolean).join('/');
  return [what.verb, kind, name].filter(Boolean).join(' ');
}
