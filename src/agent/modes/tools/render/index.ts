import { isRecord } from '../../../../shared/json.ts';
import { blockLines } from './block.ts';
import { diagnosisLines } from './diagnosis.ts';
import { isWholeObject, withoutNoise } from './kube.ts';
import type { Line } from './line.ts';
import { logLines, matchLines } from './logs.ts';
import { pagesOf } from './pages.ts';
import { scalarText } from './scalar.ts';
import { tableLines } from './table.ts';

/** A number that a list is preceded by, and says nothing the list does not show. */
const SELF_EVIDENT = new Set(['count']);

/**
 * What a model reads of the value that the capability `name` returned: all of it, as pages of at most
 * `PAGE_CHARACTERS`. Lists of like objects become tables, API objects lose what servers add to all of them, logs
 * are their lines.
 */
export function renderResult(name: string, value: unknown): string[] {
  if (name === 'k8s.logs') return pagesOf(logLines(value) ?? anyLines(value), true);
  if (name.startsWith('diagnose.')) return pagesOf(diagnosisLines(value) ?? anyLines(value));
  if (name === 'k8s.grepLogs') return pagesOf(matchLines(value) ?? anyLines(value));
  return pagesOf(anyLines(value));
}

function anyLines(value: unknown): Line[] {
  if (value === undefined || value === null) return [{ text: '(nothing)' }];
  if (isWholeObject(value)) return blockLines(withoutNoise(value));
  if (Array.isArray(value)) return rowsOf(value);
  if (!isRecord(value)) return blockLines(value);
  return listResult(value) ?? blockLines(value);
}

/** `{ items: […], count, truncated }`: what is said about the list on one line, then the list without a name. */
function listResult(value: Record<string, unknown>): Line[] | undefined {
  const entries = Object.entries(value).filter(([, item]) => item !== undefined && item !== null);
  const lists = entries.filter(([, item]) => Array.isArray(item));
  const others = entries.filter(([, item]) => !Array.isArray(item));
  if (lists.length !== 1 || others.some(([, item]) => isRecord(item))) return undefined;
  const [key, list] = lists[0] as [string, unknown[]];
  const about = others.filter(
    ([name, item]) => !(item === false || (SELF_EVIDENT.has(name) && item === list.length)),
  );
  const count = `${list.length} ${key}`;
  const said = [count, ...about.map(([name, item]) => `${name}: ${scalarText(item)}`)].join(', ');
  return [{ text: said }, ...rowsOf(list)];
}

function rowsOf(items: unknown[]): Line[] {
  if (items.length === 0) return [];
  if (items.every(isWholeObject)) return objectsOf(items);
  if (items.every(isRecord)) {
    const table = tableLines(items);
    if (table) return table;
  }
  return blockLines(items);
}

/** API objects one after the other, each under its name; what all of them are is said once. */
function objectsOf(items: ReadonlyArray<Record<string, unknown>>): Line[] {
  const { apiVersion, kind } = items[0]!;
  const alike = items.every(item => item['apiVersion'] === apiVersion && item['kind'] === kind);
  const bare = items.map(item => {
    const { apiVersion: version, kind: own, ...rest } = withoutNoise(item);
    return alike ? rest : { kind: own, apiVersion: version, ...rest };
  });
  const about = alike ? [{ text: `each of kind ${kind}, apiVersion ${apiVersion}` }] : [];
  return [...about, ...(tableLines(bare) ?? bare.flatMap(objectLines))];
}

function objectLines({ metadata, ...rest }: Record<string, unknown>): Line[] {
  const { name, namespace, ...more } = metadata as Record<string, unknown>;
  const head = `- ${namespace === undefined ? '' : `${namespace}/`}${name}`;
  return [{ text: head }, ...blockLines({ ...more, ...rest }, '  ').map(line => ({ ...line, head }))];
}
