import type { GpuTool } from '../gpu/index.ts';
import type { PodFacts } from '../places/index.ts';
import type { FileOwner } from '../store/index.ts';

/** What the recorder needs from outside. */
export interface RecordingParts {
  /** Takes secrets out of a command line. */
  redact(text: string): string;
  /** Unix milliseconds. */
  now(): number;
  /** PATH, where the command is looked for. */
  path: string;
  /** Names pods; absent where there is no cluster. */
  listPods?(): Promise<readonly PodFacts[]>;
  gpuTool?: GpuTool;
  /** Who gets the file: under sudo the user who called it, to read it without. */
  owner?: FileOwner;
}
