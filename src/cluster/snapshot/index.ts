export type { ArchiveLimits } from './archive.ts';
export { type OpenSnapshotOptions, openSnapshot } from './open.ts';
export { SnapshotTransport } from './transport.ts';
