import { isRecord } from '../../../../shared/json.ts';
import { blockLines } from './block.ts';
import type { Line } from './line.ts';

/** `k8s.logs`: what was read on one line, then the lines as they were written. */
export function logLines(value: unknown): Line[] | undefined {
  if (!isRecord(value) || !Array.isArray(value['lines'])) return undefined;
  const said = [`pod ${value['pod']}, container ${value['container']}`];
  if (value['previous'] === true) said.push('the run before the last restart');
  if (typeof value['note'] === 'string') said.push(value['note']);
  if (value['truncated'] === true) said.push('older lines exist: raise tailLines, or use grep');
  const head = said.join('; ');
  const lines = repeatedOnce(value['lines'].map(String));
  return [{ text: head }, ...(lines.length > 0 ? lines : ['(no lines)']).map(text => ({ text, head }))];
}

/** `k8s.grepLogs`: how much was searched, then the matches under their pods. */
export function matchLines(value: unknown): Line[] | undefined {
  if (!isRecord(value) || !Array.isArray(value['matches'])) return undefined;
  const { matches, counts, total, truncated, podsSearched, linesSearched, ...rest } = value;
  const found = (matches as unknown[]).filter(isRecord);
  const shown = found.length < Number(total) ? `, ${found.length} shown` : '';
  const lines: Line[] = [
    {
      text: `${total} ${total === 1 ? 'line matches' : 'lines match'}${shown}; searched ${linesSearched} lines of ${podsSearched} pods`,
    },
  ];
  const groups = Map.groupBy(found, match => `${match['namespace']}/${match['pod']} ${match['container']}:`);
  if (shown !== '' || truncated === true) lines.push(...blockLines({ 'matches by pod': counts }));
  for (const [head, group] of groups) {
    lines.push({ text: head });
    for (const text of repeatedOnce(group.flatMap(matchTexts))) lines.push({ text, head });
  }
  return [...lines, ...blockLines(rest)];
}

function matchTexts(match: Record<string, unknown>): string[] {
  const line = String(match['line']);
  const time = String(match['time'] ?? '');
  const context = (key: string) => (Array.isArray(match[key]) ? match[key] : []).map(text => `  ${text}`);
  // Most programs write the time themselves.
  const shown = time === '' || line.includes(time.slice(11, 19)) ? line : `${time.slice(0, 19)}Z ${line}`;
  const around = match['before'] !== undefined || match['after'] !== undefined;
  return [...context('before'), around ? `> ${shown}` : shown, ...context('after')];
}

/** Lines that repeat the one before them are counted instead. */
function repeatedOnce(lines: string[]): string[] {
  const out: string[] = [];
  for (let i = 0; i < lines.length; ) {
    let next = i + 1;
    while (next < lines.length && lines[next] === lines[i]) next += 1;
    out.push(lines[i]!);
    if (next - i === 2) out.push(lines[i]!);
    else if (next - i > 2) out.push(`(the same line ${next - i - 1} more times)`);
    i = next;
  }
  return out;
}
