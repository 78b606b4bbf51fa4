export { checkHelper, notReady, type Readiness } from './check.ts';
export { findHelper, type HelperSearch } from './helper.ts';
export type { RecordingParts } from './parts.ts';
export type * from './recording.ts';
export { startRecording } from './start.ts';
