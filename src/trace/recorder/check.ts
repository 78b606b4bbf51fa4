import { execFile } from 'node:child_process';
import { z } from 'zod';
import { KvError, messageOf } from '../../shared/errors.ts';
import { cleanText } from '../../shared/text.ts';

const TIMEOUT_MS = 20_000;

const text = z.string().transform(cleanText);
const readinessSchema = z.object({
  ok: z.boolean(),
  kernel: text,
  /** The quicker way of placing probes, from Linux 6.6. */
  uprobeMulti: z.boolean(),
  missing: z.array(z.object({ what: text, why: text })),
  /** The one command that grants what is missing; null where none can. */
  command: text.nullable(),
});

/** What `kv-tracer --check` says. */
export type Readiness = z.infer<typeof readinessSchema>;

/** Asks the helper whether it could record here and now. It loads its programs to find out, and takes them away. */
export function checkHelper(helper: string): Promise<Readiness> {
  return new Promise((resolve, reject) => {
    execFile(helper, ['--check'], { timeout: TIMEOUT_MS }, (error, stdout, stderr) => {
      try {
        resolve(readinessSchema.parse(JSON.parse(stdout)));
      } catch (cause) {
        const why = cleanText(stderr).trim() || messageOf(error ?? cause);
        const hint = 'Is it a kv-tracer of this version, for this machine?';
        reject(new KvError('failed', `${helper} did not answer --check: ${why}.`, { hint, cause }));
      }
    });
  });
}

/** Why nothing can be recorded, in one sentence. */
export function notReady({ missing, command, kernel }: Readiness): KvError {
  const why = missing.map(item => `${item.what} (${item.why})`).join(', ');
  return new KvError('failed', `Recording is not possible here, on Linux ${kernel}. Missing: ${why}.`, {
    hint: command ? `Run ${command} once, or run kv with sudo.` : 'Record on a machine that has it.',
    facts: { missing, command },
  });
}
