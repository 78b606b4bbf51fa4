import { codeFrame } from '../frame.ts';
import type { CheckResult } from '../port.ts';
import { type PreparedScript, placeOf } from '../prepare.ts';
import { adviceForName, adviceForSyntax } from '../teach.ts';
import type { Complaint } from './checker.ts';

const MOST = 8;

/**
 * Complaints about things that run as intended: comparisons and arithmetic on dates (2362, 2363), conditions that
 * are always true or operands that are never missing (2869, 2871, 2872, 2873, 2881), `await` on a plain value.
 */
const HARMLESS = new Set([2362, 2363, 2869, 2871, 2872, 2873, 2881, 80007]);

type Suggest = ((badName: string) => string | undefined) | undefined;

/** What the model is told about its script: each complaint with its place, its frame and what to write instead. */
export function describeComplaints(
  script: PreparedScript,
  complaints: Complaint[],
  suggest: Suggest,
): Pick<CheckResult, 'message' | 'diagnostics'> {
  const real = complaints.filter(complaint => !HARMLESS.has(complaint.code));
  const shown = real.slice(0, MOST).map(complaint => {
    const place = placeOf(script, complaint.start);
    return {
      code: complaint.code,
      message: messageOf(script, complaint, place.line, suggest),
      ...place,
      complaint,
    };
  });
  const texts = shown.map(({ message, line, column, complaint }) => {
    const frame = codeFrame(script.source, line, column, complaint.end - complaint.start);
    return `line ${line}, column ${column}: ${message}\n${frame}`;
  });
  if (real.length > MOST) texts.push(`… and ${real.length - MOST} more.`);
  return {
    message: texts.join('\n\n'),
    diagnostics: shown.map(({ complaint: _, ...diagnostic }) => diagnostic),
  };
}

function messageOf(script: PreparedScript, complaint: Complaint, line: number, suggest: Suggest): string {
  const sourceLine = script.source.split('\n')[line - 1] ?? '';
  const advice = adviceFor(script, complaint, suggest) ?? adviceForSyntax(complaint.text, sourceLine);
  // "Did you mean" of the checker would compete with better advice.
  const text = advice ? complaint.text.replace(/ Did you mean .*\?$/, '') : complaint.text;
  const notes = advice ? [] : complaint.notes.slice(0, 2).map(firstLine);
  return [closed(firstLine(text)), ...notes.map(closed), advice].filter(Boolean).join(' ');
}

const UNKNOWN_MEMBER = new Set([2339, 2551]);
const UNKNOWN_NAME = new Set([2304, 2552, 2580, 2584, 2591, 2583, 2503, 18004]);

function adviceFor(script: PreparedScript, complaint: Complaint, suggest: Suggest): string | undefined {
  const name = script.wrapped.slice(complaint.start, complaint.end);
  if (UNKNOWN_NAME.has(complaint.code)) return adviceForName(name) ?? suggestName(name, suggest);
  if (!UNKNOWN_MEMBER.has(complaint.code)) return undefined;
  if (complaint.text.includes("on type 'Promise<")) return 'Await the call first.';
  const owner = /([A-Za-z_$][\w$]*(?:\.[A-Za-z_$][\w$]*)*)\s*\??\.\s*$/.exec(
    script.wrapped.slice(0, complaint.start),
  );
  const type = /on type '([A-Za-z0-9_]+)'/.exec(complaint.text)?.[1];
  // A family's interface is named after it (`k8s` is a `K8s`): only there is the missing member a capability.
  if (owner && type && isFamily(owner[1]!, type)) return suggest?.(`${owner[1]}.${name}`);
  if (type === undefined && complaint.text.includes("on type '{}'")) {
    return 'Declare the object as `Record<string, any>` to add fields to it.';
  }
  return undefined;
}

/** A bare name is only matched with a capability when it was called; a mistyped variable is the checker's business. */
function suggestName(name: string, suggest: Suggest): string | undefined {
  return /^[a-z][\w$]*$/.test(name) ? undefined : suggest?.(name);
}

function isFamily(path: string, type: string): boolean {
  return path.replace(/[^A-Za-z0-9]/g, '').toLowerCase() === type.replaceAll('_', '').toLowerCase();
}

function firstLine(text: string): string {
  const [line = ''] = text.split('\n');
  return line.length > 400 ? `${line.slice(0, 400)}…` : line;
}

function closed(text: string): string {
  return /[.?!]$/.test(text) ? text : `${text}.`;
}
