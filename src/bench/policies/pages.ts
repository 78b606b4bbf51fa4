import type { Call } from './steps.ts';

/** The last line of a result that goes on: which page this is, of how many. */
const MORE = /\bpage (\d+) of (\d+)\b/i;

/** The calls that bring what a result left out, as its last line says. */
export function unreadPages(call: Call, text: string): Call[] {
  const [, page, pages] = MORE.exec(lastLine(text)) ?? [];
  if (page === undefined || pages === undefined) return [];
  const calls: Call[] = [];
  for (let next = Number(page) + 1; next <= Number(pages); next++)
    calls.push({ name: call.name, input: { ...call.input, page: next } });
  return calls;
}

/** The pages of one result as one text, without what each page repeats of the one before so that it can be read alone. */
export function textOfPages(pages: string[]): string {
  const [first = '', ...later] = pages.map(withoutNote);
  return later.reduce((text, page) => `${text}\n${withoutRepeated(text, page)}`, first);
}

function withoutNote(page: string): string {
  return MORE.test(lastLine(page)) ? page.slice(0, page.lastIndexOf('\n')) : page;
}

/** A page begins with the header of its table, or with the line that its first line stands below. */
function withoutRepeated(before: string, page: string): string {
  const [head = '', next = ''] = page.split('\n', 2);
  const lines = `\n${before}\n`;
  const isSplit = lines.endsWith(`\n${head}\n`);
  const isRepeated = lines.includes(`\n${head}\n`);
  const isNew = !isSplit && lines.includes(`\n${head}\n${next}\n`);
  return isRepeated && !isNew ? page.slice(head.length + 1) : page;
}

function lastLine(text: string): string {
  return text.slice(text.trimEnd().lastIndexOf('\n') + 1);
}
