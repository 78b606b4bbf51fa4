export { SessionError, type SessionFailure } from './errors.ts';
export { sessionId } from './ids.ts';
export { type OpenedStore, type OpenOptions, openSessionStore } from './open.ts';
export type { Retention } from './prune.ts';
export type {
  NewSession,
  RecordedCall,
  SessionRecord,
  SessionStore,
  SpendAccount,
  SpendClaim,
  SpendEntry,
  SpendTotal,
  StoredEvent,
} from './types.ts';
