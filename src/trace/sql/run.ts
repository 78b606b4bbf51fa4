import { fork } from 'node:child_process';
import { KvError } from '../../shared/errors.ts';
import { VIEW_COLUMNS } from '../views.ts';
import type { SqlAnswer, SqlOrder, SqlReply } from './protocol.ts';

const CHILD = new URL(import.meta.url.endsWith('.ts') ? './child.ts' : './child.js', import.meta.url);

export interface SqlLimits {
  maxRows: number;
  maxBytes: number;
  timeoutMs: number;
}

export const DEFAULT_SQL_LIMITS: SqlLimits = { maxRows: 1_000, maxBytes: 1_000_000, timeoutMs: 10_000 };

/**
 * Runs one reading SQL statement over a trace file, in a process of its own that is killed at the time limit or
 * with the signal. Rejects with a KvError that says why a statement was refused or stopped.
 */
export function runSql(
  path: string,
  sql: string,
  limits: SqlLimits,
  signal: AbortSignal,
): Promise<SqlAnswer> {
  const { maxRows, maxBytes, timeoutMs } = limits;
  return new Promise((resolve, reject) => {
    signal.throwIfAborted();
    // No environment: what runs there reads one file and needs no key or token.
    const child = fork(CHILD, [], {
      env: {},
      execArgv: ['--no-warnings', '--max-old-space-size=512'],
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    });
    // A statement that counts for ever would outlive kv.
    const kill = () => child.kill('SIGKILL');
    process.once('exit', kill);
    const stop = (reason: unknown) => {
      kill();
      reject(reason);
    };
    const timer = setTimeout(() => stop(limitError(timeoutMs)), timeoutMs);
    const abort = () => stop(signal.reason);
    signal.addEventListener('abort', abort, { once: true });
    child.once('message', (reply: SqlReply) => {
      if ('answer' in reply) resolve(reply.answer);
      else reject(refusal(reply.refused, sql));
    });
    child.once('error', reject);
    child.once('exit', () => {
      process.removeListener('exit', kill);
      clearTimeout(timer);
      signal.removeEventListener('abort', abort);
      reject(new KvError('failed', 'The SQL statement ended its process.', { hint: 'Select less at once.' }));
    });
    child.send({ path, sql, maxRows, maxBytes } satisfies SqlOrder);
  });
}

function limitError(timeoutMs: number): KvError {
  return new KvError('limit', `The SQL statement took more than ${timeoutMs / 1000} s and was stopped.`, {
    hint: 'Select a shorter window or fewer columns.',
  });
}

function refusal(reason: string, sql: string): KvError {
  return new KvError('usage', `The SQL statement was refused: ${reason}.`, {
    hint: `${namesFor(reason, sql)}trace.schema names tables and columns.`,
  });
}

/** What there is instead of what there is not. */
function namesFor(reason: string, sql: string): string {
  const views = Object.entries(VIEW_COLUMNS);
  if (/no such table/i.test(reason)) return `There are ${views.map(([name]) => name).join(', ')}; `;
  if (!/no such column/i.test(reason)) return '';
  const asked = views.filter(([name]) => new RegExp(`\\b${name}\\b`, 'i').test(sql));
  return asked.map(([name, columns]) => `${name} has ${columns.join(', ')}; `).join('');
}
