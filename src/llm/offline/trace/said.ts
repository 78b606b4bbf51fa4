import { lit } from '../literal.ts';
import type { Asked } from './asked.ts';

/** Words of a script in the question's language. */
export type Said = (en: string, ko: string) => string;

export function saidIn({ language }: Asked): Said {
  return (en, ko) => (language === 'ko' ? ko : en);
}

/** `{ limit: 50, fromMs: 4400, toMs: 5400 }`; '' for nothing. */
export function params(fields: Record<string, string | number | undefined>): string {
  const given = Object.entries(fields).filter(([, value]) => value !== undefined);
  if (given.length === 0) return '';
  const text = given.map(([key, value]) => `${key}: ${typeof value === 'string' ? lit(value) : value}`);
  return `{ ${text.join(', ')} }`;
}

/** Where it is told in which process, the window that was looked at. */
export function withinText({ window }: Asked, said: Said): string {
  if (!window) return '';
  const [from, to] = [window.fromMs / 1000, window.toMs / 1000];
  return said(` Looked at: ${from} s to ${to} s.`, ` 살펴본 구간: ${from}초–${to}초.`);
}

export const RECORD_HOST = 'sudo kv trace --cuda --host';
