import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

export const CHROMIUM = '/usr/bin/chromium';

const FLAGS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--hide-scrollbars',
  // The browser's own errands stay at home; loopback is what tests may reach.
  '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1',
];

export interface Visit {
  /** The page's own markup after it was laid out (and after `probe` has written into it). */
  dom: string;
  /** What was written to the console, script errors included. */
  console: string;
}

/** Opens a page in a fresh headless Chromium of the given width. */
export async function visit(
  file: string,
  options: { width: number; screenshot?: string; dark?: boolean },
): Promise<Visit> {
  const profile = mkdtempSync(join(tmpdir(), 'kv-chromium-'));
  const run = async (extra: string[]) => {
    const args = [
      ...FLAGS,
      `--user-data-dir=${profile}`,
      `--window-size=${options.width},1400`,
      '--enable-logging=stderr',
      ...(options.dark ? ['--force-dark-mode'] : []),
      ...extra,
      `file://${file}`,
    ];
    return promisify(execFile)(CHROMIUM, args, { maxBuffer: 64 * 1024 * 1024, timeout: 60_000 });
  };
  try {
    const { stdout, stderr } = await run(['--dump-dom']);
    if (options.screenshot) await run([`--screenshot=${options.screenshot}`]);
    const console = stderr
      .split('\n')
      .filter(line => line.includes(':CONSOLE'))
      .join('\n');
    return { dom: stdout, console };
  } finally {
    rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
  }
}
