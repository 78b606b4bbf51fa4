import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { CHROMIUM } from './chromium.ts';

/** Installs Chromium from Debian where it is missing and may be installed; without it the checks cannot run. */
export default function setup(): void {
  if (existsSync(CHROMIUM)) return;
  try {
    // A fresh machine knows no packages yet, or only withdrawn versions of them.
    execFileSync('apt-get', ['update'], { stdio: 'ignore' });
    execFileSync('apt-get', ['install', '-y', '--no-install-recommends', 'chromium'], { stdio: 'ignore' });
  } catch (error) {
    throw new Error(
      `${CHROMIUM} is missing and cannot be installed (apt-get install chromium): ${(error as Error).message}`,
    );
  }
}
