import { parse } from 'yaml';

/**
 * Reads objects that single tools tell as blocks (`- kind: …` and what is below it, in YAML's manner). Lists inside
 * them may be tables: those are put back into lists first.
 */
export function readBlocks<T>(text: string): T[] {
  return text
    .split(/^(?=- )/m)
    .filter(item => item.startsWith('- '))
    .flatMap(item => parse(withoutTables(item)) as T[]);
}

function withoutTables(item: string): string {
  const out: string[] = [];
  let header: string[] | undefined;
  let indent = '';
  for (const line of item.split('\n')) {
    const isRow = line.includes('\t') && !/^\s*[\w./-]+: "/.test(line);
    if (!isRow) header = undefined;
    if (!isRow) out.push(line);
    else if (!header) {
      indent = /^\s*/.exec(line)![0];
      header = line.trim().split('\t');
    } else out.push(`${indent}- ${JSON.stringify(objectOf(header, line.slice(indent.length).split('\t')))}`);
  }
  return out.join('\n');
}

function objectOf(header: string[], cells: string[]): Record<string, unknown> {
  const object: Record<string, unknown> = {};
  for (const [i, cell] of cells.entries()) {
    const named = header[i] === undefined ? /^([\w.]+): (.*)$/.exec(cell) : undefined;
    const path = (header[i] ?? named?.[1] ?? '').split('.');
    const text = named?.[2] ?? cell;
    if (text === '-') continue;
    let target = object;
    for (const step of path.slice(0, -1)) {
      target[step] ??= {};
      target = target[step] as Record<string, unknown>;
    }
    target[path.at(-1)!] = /^[{[]/.test(text) ? parse(text) : text;
  }
  return object;
}
