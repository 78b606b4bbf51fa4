import type { Catalog } from '../../../capabilities/catalog.ts';
import { topicsOf } from '../../../capabilities/relevant.ts';
import { messageOf } from '../../../shared/errors.ts';
import { isRecord } from '../../../shared/json.ts';
import { cleanText } from '../../../shared/text.ts';
import { capText } from '../../../shared/truncate.ts';
import type { ToolAnswer, ToolCall } from '../../events.ts';
import { pageParameter, readArguments, type ToolArguments } from './arguments.ts';
import { type KeptResults, signatureOf } from './kept.ts';
import { notRun, pageNote } from './messages.ts';
import type { ToolCalls } from './mode.ts';
import type { ToolNames } from './names.ts';
import { SEARCH, type ToolOffer } from './offer.ts';
import { renderResult } from './render/index.ts';

/** Tools that one search finds and from then on every request carries. */
const FOUND = 5;
const NAME_CHARACTERS = 80;

/** What tools mode keeps over a session. */
export interface ToolDesk {
  catalog: Catalog;
  names: ToolNames;
  offer: ToolOffer;
  kept: KeptResults;
  redactText(text: string): string;
  /** See `ToolsModeDeps`. */
  place(): string;
}

/** Carries out one tool call. Never rejects: what goes wrong is what the model reads. */
export async function perform(desk: ToolDesk, calls: ToolCalls, call: ToolCall): Promise<ToolAnswer> {
  const name = desk.names.capability(call.name);
  if (name === undefined) return notRun(call, unknownTool(desk, call.name));
  desk.offer.add([name]);
  const capability = desk.catalog.get(name)!;
  const wanted = readArguments(capability, call.input);
  try {
    const text = await (name === SEARCH ? search(desk, calls, wanted) : answerOf(desk, calls, name, wanted));
    return { id: call.id, text, isError: false };
  } catch (error) {
    return { id: call.id, text: desk.names.prose(messageOf(error)), isError: true };
  }
}

/** The wanted page of the call's result: of the kept one if it is a later page, else of a call made now. */
async function answerOf(
  desk: ToolDesk,
  calls: ToolCalls,
  name: string,
  { args, page }: ToolArguments,
): Promise<string> {
  const capability = desk.catalog.get(name)!;
  const signature = `${desk.place()} ${signatureOf(name, args)}`;
  let pages = page > 1 ? desk.kept.find(signature) : undefined;
  if (!pages) {
    if (page > 1 && capability.effect !== 'read')
      return 'There is no further page, and a change is not made again to find one.';
    const { value } = await calls.call({ name, args: JSON.stringify(args), line: 0, step: 1 });
    pages = renderResult(name, value);
    desk.kept.keep(signature, pages);
  }
  const kept = pages[page - 1];
  if (kept === undefined) return `There is no page ${page}: the result has ${pages.length}.`;
  // A secret in it may have become known since.
  const text = page > 1 ? desk.redactText(kept) : kept;
  return pages.length === 1
    ? text
    : `${text}\n${pageNote(desk.names.tool(name), args, { page, pages: pages.length, parameter: pageParameter(capability) })}`;
}

async function search(desk: ToolDesk, calls: ToolCalls, { args }: ToolArguments): Promise<string> {
  const { value } = await calls.call({ name: SEARCH, args: JSON.stringify(args), line: 0, step: 1 });
  const hits = (Array.isArray(value) ? value : []).filter(isRecord).map(hit => String(hit['name']));
  const known = (found: string[]) =>
    found.filter(name => name !== SEARCH && desk.names.has(name)).slice(0, FOUND);
  // The rules for questions are exact, and know more languages than the index.
  const topics = topicsOf(String(args['query']));
  const found = known([...new Set([...topics, ...hits])]);
  if (found.length === 0)
    return `Nothing matches. There are: ${desk.names.capabilities.map(desk.names.tool).join(', ')}.`;
  desk.offer.add(found);
  const lines = found.map(name => {
    const { summary, effect } = desk.catalog.get(name)!;
    return `${desk.names.tool(name)}: ${summary}${effect === 'read' ? '' : ' (a change, needs approval)'}`;
  });
  return `You can call these now:\n${lines.join('\n')}`;
}

function unknownTool(desk: ToolDesk, given: string): string {
  const name = capText(cleanText(given), NAME_CHARACTERS);
  // `k8s_listPods`: the catalog knows dotted names.
  const dotted = name.includes('.') ? name : name.replace('_', '.');
  const hint = desk.catalog.suggest(dotted) ?? desk.catalog.suggest(`k8s.${name}`);
  const meant = /([\w-]+(?:\.[\w-]+)+)/.exec(hint ?? '')?.[1];
  if (meant) desk.offer.add([meant]);
  return `There is no tool ${name}. ${hint ? desk.names.prose(hint) : 'tools_search({ query }) finds what there is.'}`;
}
