import type { SessionController } from '../agent/controller.ts';
import { KvError } from '../shared/errors.ts';
import type { Row } from './layout/row.ts';
import type { TuiOptions } from './options.ts';
import type { Glyphs } from './theme.ts';

const CTRL_C = 3;

/**
 * Opens a session while something is already on screen. What is typed meanwhile is kept for the prompt; Ctrl+C
 * gives up with a `cancelled` KvError, as does `stop`.
 */
export async function openBehindFrame(
  open: () => Promise<SessionController>,
  stdin: NodeJS.ReadStream,
  stop: AbortController,
): Promise<SessionController> {
  const typed: Buffer[] = [];
  const hear = (chunk: Buffer | string) => {
    const bytes = Buffer.from(chunk);
    if (bytes.includes(CTRL_C)) stop.abort();
    typed.push(bytes);
  };
  stdin.on('data', hear);
  try {
    return await Promise.race([open(), untilStopped(stop.signal)]);
  } finally {
    stdin.off('data', hear);
    stdin.pause();
    if (!stop.signal.aborted && typed.length > 0) stdin.unshift(Buffer.concat(typed));
  }
}

function untilStopped(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(new KvError('cancelled', 'Cancelled.')), { once: true });
  });
}

/**
 * What is on screen while the session opens: the question, if there is one, and what is being waited for. Measuring
 * wide characters takes longer to load than this is shown, so each is given two columns' room.
 */
export function openingRows(options: TuiOptions, glyphs: Glyphs, columns: number): Row[] {
  const { initialQuestion, openingText = 'opening the session' } = options;
  const fit = (text: string) => text.slice(0, Math.floor((columns - 4) / (/^[ -~]*$/.test(text) ? 1 : 2)));
  const [first = ''] = (initialQuestion ?? '').split('\n');
  const question: Row[] = first
    ? [
        [
          { text: `${glyphs.prompt} `, style: 'accent' },
          { text: fit(first), style: 'bold' },
        ],
        [],
      ]
    : [];
  return [...question, [{ text: `  ${fit(openingText)}${glyphs.ellipsis}`, style: 'dim' }]];
}
