export type ColorLevel = 0 | 1 | 2 | 3;

export interface TerminalCapabilities {
  color: ColorLevel;
  unicode: boolean;
  /** Cursor movement works; otherwise everything is printed line by line. */
  addressable: boolean;
}

interface Wanted {
  env: NodeJS.ProcessEnv;
  isTTY: boolean;
  platform: NodeJS.Platform;
  noColor?: boolean;
}

/** What the terminal can show, from the environment alone: no query is sent and nothing is waited for. */
export function readCapabilities(wanted: Wanted): TerminalCapabilities {
  const dumb = wanted.env['TERM'] === 'dumb';
  return { color: colorLevel(wanted, dumb), unicode: hasUnicode(wanted), addressable: wanted.isTTY && !dumb };
}

/** The flag wins, then FORCE_COLOR, then NO_COLOR (https://no-color.org: any non-empty value), then TERM. */
function colorLevel({ env, isTTY, platform, noColor }: Wanted, dumb: boolean): ColorLevel {
  if (noColor) return 0;
  const forced = env['FORCE_COLOR'];
  if (forced !== undefined) return forcedLevel(forced);
  if (env['NO_COLOR'] || dumb || !isTTY) return 0;
  if (env['COLORTERM'] === 'truecolor' || env['COLORTERM'] === '24bit') return 3;
  const term = env['TERM'] ?? '';
  if (/256/.test(term) || platform === 'win32') return 2;
  return 1;
}

function forcedLevel(value: string): ColorLevel {
  if (value === 'false' || value === '0') return 0;
  if (value === '2') return 2;
  return value === '3' ? 3 : 1;
}

/** POSIX order of precedence; a terminal without a locale gets ASCII. */
function hasUnicode({ env, platform }: Wanted): boolean {
  if (platform === 'win32') return Boolean(env['WT_SESSION'] || env['TERM_PROGRAM'] || env['TERM']);
  const locale = env['LC_ALL'] || env['LC_CTYPE'] || env['LANG'] || '';
  if (locale === '' && platform === 'darwin') return true;
  return /utf-?8/i.test(locale);
}
