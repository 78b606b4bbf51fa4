import type { ChildProcess } from 'node:child_process';
import type { API, Diagnostic, Snapshot } from 'typescript/unstable/async';
import { BASE_DECLARATIONS } from './base-declarations.ts';
import type { Checker, Complaint } from './checker.ts';

const DIRECTORY = '/kv-script';
const CONFIG = `${DIRECTORY}/tsconfig.json`;
const SCRIPT = `${DIRECTORY}/script.ts`;

/** Lenient about style and null; strict about names, members and arguments. */
const COMPILER_OPTIONS = {
  target: 'es2024',
  lib: ['es2025'],
  module: 'esnext',
  moduleDetection: 'force',
  types: [],
  strict: false,
  noEmit: true,
  skipLibCheck: true,
  allowUnreachableCode: true,
  allowUnusedLabels: true,
};

/**
 * TypeScript 7's checker in a child process, over virtual files. The API is marked unstable: the exact version is
 * pinned, and nothing outside this file knows it.
 */
export async function startTypeScript7(declarations: string): Promise<Checker> {
  const [{ API }, { createVirtualFileSystem }] = await Promise.all([
    import('typescript/unstable/async'),
    import('typescript/unstable/fs'),
  ]);
  const files = createVirtualFileSystem({
    [CONFIG]: JSON.stringify({
      compilerOptions: COMPILER_OPTIONS,
      files: ['base.d.ts', 'capabilities.d.ts', 'script.ts'],
    }),
    [`${DIRECTORY}/base.d.ts`]: BASE_DECLARATIONS,
    [`${DIRECTORY}/capabilities.d.ts`]: declarations,
    [SCRIPT]: '',
  });
  const api = new API({ cwd: DIRECTORY, fs: files });
  const child = await connect(api);
  return new TypeScript7(api, child, text => files.writeFile?.(SCRIPT, text));
}

/**
 * Starts the child process, which the API keeps to itself: it must neither outlive nor hold up kv. The API's
 * JSON-RPC library turns a failed write into an unhandled rejection; here a dead child shows by its exit alone.
 */
async function connect(api: API): Promise<ChildProcess> {
  const { client } = api as unknown as { client: { connect(): Promise<void>; process: ChildProcess } };
  await client.connect();
  const child = client.process;
  const { stdin } = child;
  if (stdin) {
    const write = stdin.write.bind(stdin) as (...given: unknown[]) => boolean;
    const withoutError = (given: unknown) => (typeof given === 'function' ? () => given() : given);
    Object.assign(stdin, { write: (...given: unknown[]) => write(...given.map(withoutError)) });
    stdin.on('error', () => {});
  }
  hold(child, false);
  // Amid a callback the child does not notice that nobody is there any more.
  const end = () => child.kill('SIGKILL');
  process.once('exit', end);
  child.once('exit', () => process.off('exit', end));
  return child;
}

class TypeScript7 implements Checker {
  readonly #api: API;
  readonly #child: ChildProcess;
  readonly #write: (script: string) => void;
  #snapshot: Snapshot | undefined;

  constructor(api: API, child: ChildProcess, write: (script: string) => void) {
    this.#api = api;
    this.#child = child;
    this.#write = write;
  }

  async check(script: string): Promise<Complaint[]> {
    this.#write(script);
    return this.#whileAlive(async () => {
      const snapshot = await this.#api.updateSnapshot(
        this.#snapshot ? { fileChanges: { changed: [SCRIPT] } } : { openProjects: [CONFIG] },
      );
      await this.#snapshot?.dispose();
      this.#snapshot = snapshot;
      const program = snapshot.getProject(CONFIG)?.program;
      if (!program) throw new Error('the type checker did not open its project');
      const syntactic = await program.getSyntacticDiagnostics(SCRIPT);
      const found = syntactic.length > 0 ? syntactic : await program.getSemanticDiagnostics(SCRIPT);
      return found.map(toComplaint);
    });
  }

  async close(): Promise<void> {
    if (this.#dead) return;
    const death = this.#death().promise.catch(() => {});
    hold(this.#child, true);
    // It shares kv's stderr, and a checker whose input ends amid a check prints a stack trace there.
    this.#child.kill('SIGKILL');
    await death;
    void this.#api.close().catch(() => {});
  }

  get #dead(): boolean {
    return this.#child.exitCode !== null || this.#child.signalCode !== null;
  }

  /** Runs `work` while the child holds the event loop open; fails when the child dies in between. */
  async #whileAlive<T>(work: () => Promise<T>): Promise<T> {
    if (this.#dead) throw new Error(DIED);
    const death = this.#death();
    hold(this.#child, true);
    try {
      return await Promise.race([work(), death.promise]);
    } finally {
      death.forget();
      hold(this.#child, false);
    }
  }

  #death(): { promise: Promise<never>; forget(): void } {
    const { promise, reject } = Promise.withResolvers<never>();
    const died = () => reject(new Error(DIED));
    this.#child.once('exit', died);
    return { promise, forget: () => this.#child.off('exit', died) };
  }
}

const DIED = 'the type checker ended unexpectedly';

function hold(child: ChildProcess, on: boolean): void {
  const streams = [child.stdin, child.stdout] as unknown as Array<{ ref?(): void; unref?(): void } | null>;
  for (const handle of [child, ...streams]) {
    if (on) handle?.ref?.();
    else handle?.unref?.();
  }
}

function toComplaint(diagnostic: Diagnostic): Complaint {
  return {
    code: diagnostic.code,
    text: diagnostic.text,
    start: diagnostic.pos,
    end: diagnostic.end,
    notes: [
      ...deepest(diagnostic.messageChain),
      ...(diagnostic.relatedInformation ?? []).map(info => info.text),
    ],
  };
}

/** The last link of a chain of explanations says what is actually wrong. */
function deepest(chain: readonly Diagnostic[] | undefined): string[] {
  const [first] = chain ?? [];
  if (!first) return [];
  const below = deepest(first.messageChain);
  return below.length > 0 ? below : [first.text];
}
