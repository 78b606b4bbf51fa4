import { HEADER_LINES } from '../prepare.ts';
import type { Insertion } from './implicit-return.ts';
import { SCRIPT_FILE } from './instance.ts';

/** 1-based place in the model's source. */
export interface Place {
  line?: number;
  column?: number;
}

const FRAME = new RegExp(`${SCRIPT_FILE.replace('.', '\\.')}:(\\d+)(?::(\\d+))?`);

/** The topmost frame of a stack that lies in the script, as a place in what the model wrote. */
export function placeInStack(stack: string, inserted: Insertion | undefined): Place {
  const frame = FRAME.exec(stack);
  if (!frame) return {};
  const line = Number(frame[1]) - HEADER_LINES;
  let column = Number(frame[2] ?? 1);
  if (inserted?.line === line && column > inserted.column) {
    column = Math.max(inserted.column, column - inserted.length);
  }
  return { line, column };
}
