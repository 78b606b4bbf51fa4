import type { Database } from 'better-sqlite3';
import { nearest } from '../shared/nearest.ts';
import { SessionError } from './errors.ts';

const SHOWN_MATCHES = 5;

/** The one id that a person means by a whole id, its start or its last part. Throws SessionError for none or several. */
export function findSession(db: Database, wanted: string): string {
  const part = wanted.trim().toLowerCase();
  const ids = db
    .prepare<[], { id: string }>('SELECT id FROM sessions ORDER BY updated_at DESC')
    .all()
    .map(row => row.id);
  const exact = ids.find(id => id.toLowerCase() === part);
  if (exact) return exact;
  const matches = part === '' ? [] : ids.filter(id => isPart(id.toLowerCase(), part));
  if (matches.length === 1) return matches[0]!;
  if (matches.length > 1) throw ambiguous(wanted, matches);
  throw notFound(wanted, ids);
}

function isPart(id: string, part: string): boolean {
  return id.startsWith(part) || id.slice(id.lastIndexOf('-') + 1).startsWith(part);
}

function ambiguous(wanted: string, matches: string[]): SessionError {
  const shown = matches.slice(0, SHOWN_MATCHES).join(', ');
  const more = matches.length > SHOWN_MATCHES ? `, and ${matches.length - SHOWN_MATCHES} more` : '';
  return new SessionError('ambiguous', `"${wanted}" fits ${matches.length} sessions: ${shown}${more}.`, {
    hint: 'Write more of the id.',
    facts: { matches },
  });
}

function notFound(wanted: string, ids: string[]): SessionError {
  const near = nearest(wanted, ids, 1)[0];
  const hint =
    ids.length === 0
      ? 'There are none yet.'
      : `${near ? `Did you mean ${near}? ` : ''}\`kv sessions\` lists them.`;
  return new SessionError('not-found', `There is no session "${wanted}".`, { hint, facts: { wanted } });
}
