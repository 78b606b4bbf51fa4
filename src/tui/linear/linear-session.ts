import { createInterface, type Interface } from 'node:readline';
import type { SessionController } from '../../agent/controller.ts';
import type { ApprovalRequest } from '../../policy/types.ts';
import { parseCommand } from '../commands/registry.ts';
import { changeRows, optionLabel, titleOf } from '../layout/approval.ts';
import { blockRows } from '../layout/block.ts';
import type { Row } from '../layout/row.ts';
import type { TuiOptions, TuiResult } from '../options.ts';
import { DENIED_WITHOUT_REASON, OPTIONS } from '../shell/approval-card.ts';
import { finishedCount } from '../shell/session.ts';
import { Shell } from '../shell/shell.ts';
import { close } from '../state/blocks.ts';
import { withRecap } from '../state/recap.ts';
import { ViewStore } from '../state/store.ts';
import { emptyView, type View } from '../state/view.ts';
import type { Theme } from '../theme.ts';

const LEAVE_WINDOW_MS = 2_000;

/** What a person is being asked for: a question for kv, a choice on an approval, or the reason for a denial. */
type Asking =
  | { for: 'question' }
  | { for: 'choice'; request: ApprovalRequest }
  | { for: 'reason'; request: ApprovalRequest };

/** A session as lines: blocks are printed when they are finished, the state when it changes, the prompt when kv waits. */
export class LinearSession {
  readonly left: Promise<TuiResult>;
  readonly #options: TuiOptions;
  readonly #theme: Theme;
  readonly #store: ViewStore;
  readonly #shell: Shell;
  readonly #readline: Interface;
  readonly #canEdit: boolean;
  readonly #resolve: (result: TuiResult) => void;
  #following = new AbortController();
  #asking: Asking = { for: 'question' };
  #printed = 0;
  #announced = '';
  /** The prompt is the last thing on screen; what is printed goes above it. */
  #isPrompting = false;
  /** Questions that the terminal already shows because they were typed. */
  readonly #typed = new Set<string>();
  #interruptedAt = Number.NEGATIVE_INFINITY;
  #hasLeft = false;

  constructor(controller: SessionController, options: TuiOptions, parts: { theme: Theme; canEdit: boolean }) {
    this.#options = options;
    this.#store = new ViewStore(() => options.prices?.());
    this.#theme = parts.theme;
    this.#canEdit = parts.canEdit;
    const { promise, resolve } = Promise.withResolvers<TuiResult>();
    this.left = promise;
    this.#resolve = resolve;
    this.#shell = new Shell({
      controller,
      options: { ...options, screenReader: true },
      store: this.#store,
      screen: {
        now: () => Date.now(),
        maxScroll: () => 0,
        leave: exit => this.leave(exit),
        redraw: () => undefined,
        suspend: () => undefined,
        clearScreen: () => undefined,
        expandLast: () => undefined,
        follow: next => this.#follow(next),
      },
    });
    this.#readline = createInterface({
      input: options.stdin,
      output: options.stdout,
      terminal: parts.canEdit,
      prompt: '> ',
      history: options.history?.load().toReversed() ?? [],
    });
    this.#readline.on('line', line => this.#line(line));
    this.#readline.on('SIGINT', () => this.interrupt());
    this.#readline.on('close', () => this.leave('quit'));
    this.#store.subscribe(() => this.#changed());
    if (options.title) this.#write([options.title]);
    this.#follow(controller);
    if (options.initialQuestion) this.#shell.submit(options.initialQuestion);
    else this.#prompt();
  }

  /** Ctrl+C: stops what is running; a second one within two seconds leaves. */
  interrupt() {
    const now = Date.now();
    if (now - this.#interruptedAt < LEAVE_WINDOW_MS) return this.leave('interrupted');
    this.#interruptedAt = now;
    if (this.#shell.controller.busy) this.#shell.controller.cancel();
    this.#write(['press Ctrl+C again to leave']);
  }

  leave(exit: TuiResult['exit']) {
    if (this.#hasLeft) return;
    this.#hasLeft = true;
    if (this.#isPrompting) this.#options.stdout.write('\n');
    this.#isPrompting = false;
    this.#store.update(view => close(view));
    this.#printBlocks(this.#store.snapshot());
    this.#readline.close();
    const { lastStatus } = this.#store.snapshot();
    const { controller } = this.#shell;
    this.#resolve(lastStatus === undefined ? { exit, controller } : { exit, lastStatus, controller });
  }

  stop() {
    this.#following.abort();
    this.#store.stop();
    this.#shell.stop();
    this.#readline.close();
    this.#options.stdin.unref?.();
  }

  #follow(controller: SessionController) {
    this.#following.abort();
    this.#following = new AbortController();
    this.#printed = 0;
    const past = this.#options.past?.(controller.id) ?? [];
    this.#store.update(() => withRecap(emptyView(), past, this.#options.prices?.()));
    void this.#store.follow(controller.events, this.#following.signal);
  }

  #changed() {
    if (this.#hasLeft) return;
    const view = this.#store.snapshot();
    this.#printBlocks(view);
    this.#shell.sync();
    if (this.#options.exitWhenDone && view.finished > 0) return this.leave('done');
    const [waiting] = view.approvals;
    if (waiting && (this.#asking.for === 'question' || this.#asking.request.id !== waiting.id)) {
      return this.#askChoice(waiting);
    }
    if (!waiting && this.#asking.for !== 'question') this.#asking = { for: 'question' };
    this.#announce(view);
  }

  /** Says what kv does now, once for each change, and shows the prompt when kv is done. */
  #announce(view: View) {
    const { activity } = view;
    const text = {
      idle: '',
      asking: 'Asking the model.',
      writing: '',
      retrying: 'The model is busy; trying again.',
      checking: '',
      running: activity.kind === 'running' && activity.what === 'calls' ? '' : 'Running the script.',
    }[activity.kind];
    if (activity.kind === 'idle' && this.#announced !== '') this.#prompt();
    if (text === '' && activity.kind !== 'idle') return;
    if (text !== this.#announced && text !== '') this.#write([text]);
    this.#announced = text;
  }

  #printBlocks(view: View) {
    const finished = finishedCount(view.blocks);
    const lines = view.blocks
      .slice(this.#printed, finished)
      .filter(block => block.kind !== 'question' || !this.#typed.delete(block.text))
      .flatMap(block => this.#lines(blockRows(block, this.#context())));
    this.#printed = finished;
    if (lines.length > 0) this.#write(lines);
  }

  #askChoice(request: ApprovalRequest) {
    this.#asking = { for: 'choice', request };
    const { width, glyphs } = this.#context();
    this.#write([
      '',
      titleOf(request),
      ...this.#lines(changeRows(request, width, glyphs)),
      ...OPTIONS.map((option, index) => `${index + 1}. ${optionLabel(option, request)}`),
      'Type a number and Enter; Enter alone denies.',
    ]);
    this.#prompt();
  }

  #line(line: string) {
    const text = line.trim();
    const asking = this.#asking;
    this.#isPrompting = false;
    if (asking.for === 'choice') return this.#choice(asking.request, text);
    if (asking.for === 'reason') {
      return this.#decide(asking.request, { outcome: 'deny', reason: text || DENIED_WITHOUT_REASON });
    }
    if (text === '') return this.#prompt();
    this.#options.history?.append(text);
    const command = parseCommand(text === '?' ? '/help' : text);
    if (!command) {
      this.#typed.add(text);
      return this.#shell.submit(text);
    }
    void this.#shell.command(command.name, command.argument).then(() => this.#prompt());
  }

  #choice(request: ApprovalRequest, text: string) {
    const option = text === '' ? 'deny' : OPTIONS[Number(text) - 1];
    if (option === undefined) {
      this.#write([`"${text}" is none of 1 to ${OPTIONS.length}.`]);
      return this.#prompt();
    }
    if (option === 'deny-reason') {
      this.#asking = { for: 'reason', request };
      this.#write(['Why? Type the reason and Enter.']);
      return this.#prompt();
    }
    this.#decide(
      request,
      option === 'deny' ? { outcome: 'deny', reason: DENIED_WITHOUT_REASON } : { outcome: option },
    );
  }

  #decide(request: ApprovalRequest, decision: Parameters<SessionController['decide']>[1]) {
    this.#shell.controller.decide(request.id, decision);
  }

  #prompt() {
    if (this.#hasLeft) return;
    this.#isPrompting = true;
    this.#readline.prompt(true);
  }

  #context() {
    const width = Math.max(20, (this.#options.stdout.columns || 80) - 1);
    return { width, glyphs: this.#theme.glyphs, live: false, expanded: false, canExpand: false };
  }

  #lines(rows: readonly Row[]): string[] {
    return rows.map(row => this.#theme.paint(row).trimEnd());
  }

  #write(lines: readonly string[]) {
    const { stdout } = this.#options;
    const above = this.#isPrompting ? (this.#canEdit ? '\r\u001b[K' : '\n') : '';
    stdout.write(`${above}${lines.join('\n')}\n`);
    if (this.#isPrompting) this.#prompt();
  }
}
