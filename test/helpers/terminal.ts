import { type IPty, spawn } from '@lydell/node-pty';
import xterm from '@xterm/headless';

export interface TerminalOptions {
  columns?: number;
  rows?: number;
  env?: Record<string, string>;
  cwd?: string;
}

export interface TerminalExit {
  code: number;
  signal: number;
}

const WAIT_MS = 15_000;

/**
 * A program in a real pseudo-terminal, whose screen is read through a real terminal emulator. Tests wait for what
 * the screen shows, never for time to pass.
 *
 * @example
 * await using terminal = Terminal.start(process.execPath, ['fixture.ts']);
 * await terminal.waitFor('ready');
 * terminal.type('hello').press('enter');
 */
export class Terminal implements AsyncDisposable {
  readonly #pty: IPty;
  readonly #xterm: InstanceType<typeof xterm.Terminal>;
  readonly #watchers = new Set<() => void>();
  readonly exited: Promise<TerminalExit>;
  #exit: TerminalExit | undefined;
  #isHalf = false;
  /** Every byte the program wrote. */
  raw = '';

  private constructor(pty: IPty, columns: number, rows: number) {
    this.#pty = pty;
    this.#xterm = new xterm.Terminal({ cols: columns, rows, allowProposedApi: true, scrollback: 20_000 });
    // What the emulator answers (cursor reports, device attributes) goes to the program, as in any terminal.
    this.#xterm.onData(answer => pty.write(answer));
    pty.onData(data => {
      this.raw += data;
      // Within a synchronized update (DEC mode 2026) the screen is half a frame; a terminal would not show it.
      const isHalf = this.raw.lastIndexOf('\u001b[?2026h') > this.raw.lastIndexOf('\u001b[?2026l');
      this.#xterm.write(data, () => {
        this.#isHalf = isHalf;
        this.#changed();
      });
    });
    const { promise, resolve } = Promise.withResolvers<TerminalExit>();
    this.exited = promise;
    pty.onExit(({ exitCode, signal }) => {
      this.#exit = { code: exitCode, signal: signal ?? 0 };
      this.#xterm.write('', () => {
        resolve(this.#exit!);
        this.#changed();
      });
    });
  }

  static start(command: string, args: string[], options: TerminalOptions = {}): Terminal {
    const { columns = 80, rows = 24, env = {}, cwd = process.cwd() } = options;
    const base = {
      PATH: process.env['PATH'] ?? '',
      HOME: process.env['HOME'] ?? '/',
      TERM: 'xterm-256color',
      LANG: 'C.UTF-8',
    };
    const pty = spawn(command, args, {
      // The name becomes TERM.
      name: env['TERM'] ?? 'xterm-256color',
      cols: columns,
      rows,
      cwd,
      env: { ...base, ...env },
    });
    return new Terminal(pty, columns, rows);
  }

  get pid(): number {
    return this.#pty.pid;
  }

  /** The visible rows, without trailing blanks. */
  lines(): string[] {
    const { active } = this.#xterm.buffer;
    return Array.from(
      { length: this.#xterm.rows },
      (_, y) => active.getLine(active.baseY + y)?.translateToString(true) ?? '',
    );
  }

  screen(): string {
    return this.lines().join('\n').trimEnd();
  }

  /** Everything, scrollback included; rows that the terminal wrapped are joined again. */
  history(): string {
    const { active } = this.#xterm.buffer;
    const lines: string[] = [];
    for (let y = 0; y < active.length; y++) {
      const line = active.getLine(y);
      if (!line) continue;
      const text = line.translateToString(true);
      if (line.isWrapped && lines.length > 0) lines[lines.length - 1] += text;
      else lines.push(text);
    }
    return lines.join('\n').trimEnd();
  }

  cursor(): { x: number; y: number } {
    const { active } = this.#xterm.buffer;
    return { x: active.cursorX, y: active.cursorY };
  }

  type(text: string): this {
    this.#pty.write(text);
    return this;
  }

  paste(text: string): this {
    return this.type(`\u001b[200~${text.replaceAll('\n', '\r')}\u001b[201~`);
  }

  press(...keys: Array<keyof typeof KEYS>): this {
    for (const key of keys) this.#pty.write(KEYS[key]);
    return this;
  }

  resize(columns: number, rows: number): this {
    this.#xterm.resize(columns, rows);
    this.#pty.resize(columns, rows);
    return this;
  }

  kill(signal: string): void {
    this.#pty.kill(signal);
  }

  /** Closes the window: the program gets SIGHUP, and what it writes from then on fails. */
  hangUp(): void {
    (this.#pty as IPty & { destroy(): void }).destroy();
  }

  /** Resolves with the screen once it shows what is wanted; rejects with the screen after 15 seconds. */
  waitFor(wanted: string | RegExp | ((screen: string) => boolean), timeoutMs = WAIT_MS): Promise<string> {
    return this.#until(() => this.screen(), wanted, timeoutMs);
  }

  /** The same over everything that was ever shown. */
  waitForHistory(
    wanted: string | RegExp | ((history: string) => boolean),
    timeoutMs = WAIT_MS,
  ): Promise<string> {
    return this.#until(() => this.history(), wanted, timeoutMs);
  }

  #until(
    read: () => string,
    wanted: string | RegExp | ((text: string) => boolean),
    timeoutMs: number,
  ): Promise<string> {
    const isThere = (text: string) =>
      typeof wanted === 'string'
        ? text.includes(wanted)
        : wanted instanceof RegExp
          ? wanted.test(text)
          : wanted(text);
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => fail(`not within ${timeoutMs} ms`), timeoutMs);
      const look = () => {
        const text = read();
        if (!this.#isHalf && isThere(text)) {
          done();
          resolve(text);
        } else if (this.#exit)
          fail(`the program ended (code ${this.#exit.code}, signal ${this.#exit.signal})`);
      };
      const done = () => {
        clearTimeout(timer);
        this.#watchers.delete(look);
      };
      const fail = (why: string) => {
        done();
        reject(new Error(`waiting for ${String(wanted)}: ${why}. The screen:\n${this.screen()}`));
      };
      this.#watchers.add(look);
      look();
    });
  }

  #changed(): void {
    for (const look of [...this.#watchers]) look();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#exit) this.#pty.kill('SIGKILL');
    await this.exited;
    this.#xterm.dispose();
  }
}

const KEYS = {
  enter: '\r',
  escape: '\u001b',
  tab: '\t',
  'shift+tab': '\u001b[Z',
  up: '\u001b[A',
  down: '\u001b[B',
  right: '\u001b[C',
  left: '\u001b[D',
  home: '\u001b[H',
  end: '\u001b[F',
  pageup: '\u001b[5~',
  pagedown: '\u001b[6~',
  delete: '\u001b[3~',
  backspace: '\u007f',
  'ctrl+left': '\u001b[1;5D',
  'ctrl+right': '\u001b[1;5C',
  'alt+enter': '\u001b\r',
  'ctrl+a': '\u0001',
  'ctrl+c': '\u0003',
  'ctrl+d': '\u0004',
  'ctrl+e': '\u0005',
  'ctrl+j': '\n',
  'ctrl+k': '\u000b',
  'ctrl+l': '\u000c',
  'ctrl+o': '\u000f',
  'ctrl+r': '\u0012',
  'ctrl+u': '\u0015',
  'ctrl+w': '\u0017',
  'ctrl+y': '\u0019',
  'ctrl+z': '\u001a',
} as const;
