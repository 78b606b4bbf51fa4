import type { AnyCapability } from '../define.ts';
import { chains } from './chains.ts';
import { compare } from './compare.ts';
import { memory } from './memory.ts';
import { processes } from './processes.ts';
import { schema } from './schema.ts';
import { sql } from './sql.ts';
import { stacks } from './stacks.ts';
import { stats } from './stats.ts';
import { timeline } from './timeline.ts';

/** `trace.*`: recordings of what the host side of GPUs did. */
export const traceCapabilities: AnyCapability[] = [
  chains,
  stats,
  timeline,
  processes,
  memory,
  stacks,
  compare,
  sql,
  schema,
];
