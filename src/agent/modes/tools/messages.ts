import type { ModelMessage } from '../../../llm/port.ts';
import type { ToolAnswer } from '../../events.ts';

/** What the model reads after its calls. */
export function resultsMessage(results: readonly ToolAnswer[]): ModelMessage {
  return { role: 'user', content: results.map(result => ({ type: 'tool-result' as const, ...result })) };
}

/** The answer to a call that was not carried out. */
export function notRun(call: { id: string }, why: string): ToolAnswer {
  return { id: call.id, text: why, isError: true };
}

export const CUT_OFF = 'Your answer was cut off; nothing was run. Make fewer or shorter calls in one answer.';
export const EMPTY = 'Your answer was empty. Call a tool, or write the REPORT if you know the cause.';
export const NOT_A_CALL =
  'Scripts and calls written as text are not run here. Call the tools themselves, or write the REPORT.';

export function textMessage(text: string): ModelMessage {
  return { role: 'user', content: [{ type: 'text', text }] };
}

/** How to get the next page of a result. `page` counts from 1. */
export function pageNote(
  tool: string,
  args: Record<string, unknown>,
  { page, pages, parameter }: { page: number; pages: number; parameter: string },
): string {
  if (page >= pages) return `[page ${page} of ${pages}, the last]`;
  const input = JSON.stringify({ ...args, [parameter]: page + 1 });
  const call =
    input.length <= MOST_REPEATED ? `${tool}(${input})` : `the same call with "${parameter}": ${page + 1}`;
  // Whole objects where a few fields would do.
  const less = tool === 'k8s_list' && args['fields'] === undefined ? '; `fields` would keep it short' : '';
  // Logs begin with their newest page.
  const next = tool === 'k8s_logs' ? 'older lines' : 'the next';
  return `[page ${page} of ${pages}${less}; ${next}: ${call}]`;
}

/** Whether a result ends with a note that there is more of it. */
export function hasMorePages(text: string): boolean {
  return /^\[page \d+ of \d+.*; (?:the next|older lines): .*\]$/.test(text.slice(text.lastIndexOf('\n') + 1));
}

/** Characters of arguments that are repeated to the model that wrote them. */
const MOST_REPEATED = 200;
