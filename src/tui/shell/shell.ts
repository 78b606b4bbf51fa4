import type { SessionController } from '../../agent/controller.ts';
import { messageOf } from '../../shared/errors.ts';
import type { CommandHost } from '../commands/command.ts';
import { completeArgument, completeName, parseCommand, runCommand } from '../commands/registry.ts';
import type { KeyPress } from '../keys.ts';
import { helpRows } from '../layout/help.ts';
import { type Row, span } from '../layout/row.ts';
import type { TuiOptions, TuiResult } from '../options.ts';
import { editKey } from '../prompt/edit-key.ts';
import { EMPTY_EDITOR, editorOf, fullText, lineEnd, lineStart, paste } from '../prompt/editor.ts';
import { HistoryWalk } from '../prompt/history.ts';
import { append } from '../state/blocks.ts';
import type { ViewStore } from '../state/store.ts';
import { cardKey, openCard } from './approval-card.ts';
import { searchKey } from './search.ts';
import { INITIAL_SHELL, type ShellState } from './shell-state.ts';

/** A second Ctrl+C within this time leaves. */
const LEAVE_WINDOW_MS = 2_000;
/** Keys that follow typed text within this time belong to the text, even if a card appeared meanwhile. */
const TYPING_MS = 700;

/** What the terminal does for the shell: nothing else of it is known here. */
export interface ShellScreen {
  now(): number;
  /** How far the approval card or the help on screen can be scrolled. */
  maxScroll(): number;
  leave(exit: TuiResult['exit']): void;
  redraw(): void;
  /** Ctrl+Z. */
  suspend(): void;
  clearScreen(): void;
  /** Shows the newest finished part that was shortened in full. */
  expandLast(): void;
  /** Follows another session's events from here on. */
  follow(controller: SessionController): void;
}

/** Everything a person can do: keys become edits, questions, decisions and commands. Knows no React and no Ink. */
export class Shell {
  #state: ShellState = INITIAL_SHELL;
  #controller: SessionController;
  readonly #store: ViewStore;
  readonly #options: TuiOptions;
  readonly #screen: ShellScreen;
  readonly #history: HistoryWalk;
  readonly #listeners = new Set<() => void>();
  #hintTimer: NodeJS.Timeout | undefined;
  #interruptedAt = Number.NEGATIVE_INFINITY;
  #typedAt = Number.NEGATIVE_INFINITY;
  #cardTakesKeys = false;

  constructor(parts: {
    controller: SessionController;
    store: ViewStore;
    options: TuiOptions;
    screen: ShellScreen;
  }) {
    this.#controller = parts.controller;
    this.#store = parts.store;
    this.#options = parts.options;
    this.#screen = parts.screen;
    this.#history = new HistoryWalk(parts.options.history);
  }

  readonly snapshot = (): ShellState => this.#state;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  get controller(): SessionController {
    return this.#controller;
  }

  /** Keeps the card in step with the approvals that wait, and asks what was queued once kv is free. */
  sync() {
    const waiting = this.#store.snapshot().approvals[0];
    if (waiting?.id !== this.#state.card?.id) {
      this.#cardTakesKeys = false;
      this.#set({ card: waiting && openCard(waiting) });
    }
    const [next, ...queue] = this.#state.queue;
    if (next !== undefined && !this.#controller.busy && !this.#state.isAsking) {
      this.#set({ queue });
      this.#ask(next);
    }
  }

  stop() {
    clearTimeout(this.#hintTimer);
    this.#listeners.clear();
  }

  /** Asks, or lets the question wait for the one under way. */
  submit(text: string) {
    if (this.#controller.busy || this.#state.isAsking) this.#set({ queue: [...this.#state.queue, text] });
    else this.#ask(text);
  }

  paste(text: string) {
    const { card } = this.#state;
    if (card?.reason) return this.#set({ card: { ...card, reason: paste(card.reason, text) } });
    this.#set({ editor: paste(this.#state.editor, text), search: undefined, help: undefined });
  }

  key(key: KeyPress) {
    // The view may be ahead of what was announced; keys act on what is there now.
    this.sync();
    if (key.id === 'ctrl+c') return this.#interrupt();
    if (key.id === 'ctrl+l') return this.#screen.redraw();
    if (key.id === 'ctrl+z') return this.#screen.suspend();
    if (key.id === 'ctrl+o') return this.#expand();
    if (this.#state.card && this.#belongsToCard(key)) return this.#cardKey(key);
    if (this.#state.help !== undefined) return this.#helpKey(this.#state.help, key);
    if (this.#state.search) return this.#set(searchKey(this.#state, key, this.#history));
    if (key.id === 'text') this.#typedAt = this.#screen.now();
    this.#promptKey(key);
  }

  #belongsToCard(key: KeyPress): boolean {
    const isTyping = key.id === 'text' || key.id === 'enter' || key.id === 'backspace';
    if (!isTyping || this.#screen.now() - this.#typedAt > TYPING_MS) this.#cardTakesKeys = true;
    return this.#cardTakesKeys;
  }

  #cardKey(key: KeyPress) {
    const { card, decision } = cardKey(this.#state.card!, key);
    this.#set({ card: { ...card, scroll: Math.min(card.scroll, this.#screen.maxScroll()) } });
    if (decision) this.#controller.decide(card.id, decision);
  }

  /** The arrows scroll the help, any other key closes it. */
  #helpKey(scrolled: number, key: KeyPress) {
    const by = { up: -1, down: 1, pageup: -10, pagedown: 10 }[key.id];
    if (by === undefined) return this.#set({ help: undefined });
    this.#set({ help: Math.max(0, Math.min(scrolled + by, this.#screen.maxScroll())) });
  }

  #promptKey(key: KeyPress) {
    const { editor } = this.#state;
    switch (key.id) {
      case 'enter':
        return this.#enter();
      case 'escape':
        return this.#escape();
      case 'tab':
        return void this.#complete();
      case 'ctrl+r':
        return this.#set({ search: { query: '', index: 0, match: undefined } });
      case 'ctrl+p':
        return this.#walk('up');
      case 'ctrl+n':
        return this.#walk('down');
      case 'up':
      case 'down':
        return this.#vertical(key.id);
      case 'ctrl+d':
        if (editor.text === '') return this.#screen.leave('quit');
        break;
      case 'text':
        if (editor.text === '' && key.text === '?') return this.#set({ help: 0 });
        break;
    }
    const next = editKey(editor, key);
    if (next) this.#set({ editor: next });
  }

  /** Within several lines the cursor moves; at their edge the history does. */
  #vertical(direction: 'up' | 'down') {
    const { editor } = this.#state;
    const start = lineStart(editor);
    const end = lineEnd(editor);
    if (direction === 'up' && start > 0) {
      const above = lineStart({ ...editor, cursor: start - 1 });
      const cursor = Math.min(above + (editor.cursor - start), start - 1);
      return this.#set({ editor: { ...editor, cursor } });
    }
    if (direction === 'down' && end < editor.text.length) {
      const cursor = Math.min(end + 1 + (editor.cursor - start), lineEnd({ ...editor, cursor: end + 1 }));
      return this.#set({ editor: { ...editor, cursor } });
    }
    this.#walk(direction);
  }

  #walk(direction: 'up' | 'down') {
    const draft = fullText(this.#state.editor);
    const line = direction === 'up' ? this.#history.previous(draft) : this.#history.next();
    if (line !== undefined) this.#set({ editor: paste(EMPTY_EDITOR, line) });
  }

  #enter() {
    const { editor } = this.#state;
    if (editor.text.endsWith('\\') && editor.cursor === editor.text.length) {
      return this.#set({ editor: editorOf(`${editor.text.slice(0, -1)}\n`) });
    }
    const line = fullText(editor).trim();
    this.#set({ editor: EMPTY_EDITOR });
    if (line === '') return;
    this.#history.add(line);
    const command = parseCommand(line);
    if (command) void this.command(command.name, command.argument, line);
    else this.submit(line);
  }

  /** Runs a command; what goes wrong is shown, never thrown. `typed` stands above what it shows. */
  async command(name: string, argument: string, typed?: string): Promise<void> {
    const echo: Row[] = typed === undefined ? [] : [[span(`  ${typed}`, 'dim')]];
    try {
      await runCommand(this.#host(echo), name, argument);
    } catch (error) {
      this.#print([...echo, [span(`  ${messageOf(error)}`, 'bad')]]);
    }
    this.#set({});
  }

  #escape() {
    const { queue, editor } = this.#state;
    if (!this.#controller.busy) return;
    this.#controller.cancel();
    // What was waiting its turn comes back to be edited instead of being asked next.
    if (queue.length > 0) {
      const text = [...queue, fullText(editor)].filter(part => part !== '').join('\n');
      this.#set({ queue: [], editor: paste(EMPTY_EDITOR, text) });
    }
  }

  #interrupt() {
    const now = this.#screen.now();
    if (now - this.#interruptedAt < LEAVE_WINDOW_MS) return this.#screen.leave('interrupted');
    this.#interruptedAt = now;
    if (this.#controller.busy) this.#controller.cancel();
    else this.#set({ editor: EMPTY_EDITOR });
    this.#set({ help: undefined, search: undefined, queue: [], hint: 'press Ctrl+C again to leave' });
    clearTimeout(this.#hintTimer);
    this.#hintTimer = setTimeout(() => this.#set({ hint: undefined }), LEAVE_WINDOW_MS);
  }

  #expand() {
    const isLive = this.#store.snapshot().blocks.some(block => !block.done);
    if (isLive) this.#set({ expanded: !this.#state.expanded });
    else this.#screen.expandLast();
  }

  async #complete() {
    const before = this.#state.editor;
    const name = completeName(before.text);
    if (name !== undefined) return this.#set({ editor: editorOf(name) });
    const line = await completeArgument(this.#host(), before.text).catch(() => before.text);
    // Typed on meanwhile: what was asked for is no longer what is wanted.
    if (this.#state.editor === before && line !== before.text) this.#set({ editor: editorOf(line) });
  }

  #ask(text: string) {
    this.#set({ isAsking: true, expanded: false });
    this.#controller
      .ask(text)
      .catch((error: unknown) => this.#print([[span(`  ${messageOf(error)}`, 'bad')]]))
      .finally(() => {
        this.#set({ isAsking: false });
        this.sync();
      });
  }

  #print(rows: readonly Row[]) {
    this.#store.update(view => append(view, { kind: 'output', rows }));
  }

  #host(echo: readonly Row[] = []): CommandHost {
    return {
      controller: this.#controller,
      options: this.#options,
      view: this.#store.snapshot(),
      print: rows => this.#print([...echo, ...rows]),
      show: block => {
        if (echo.length > 0) this.#print(echo);
        this.#store.update(view => append(view, block));
      },
      say: text => this.#print([...echo, [span(`  ${text}`)]]),
      clear: () => this.#screen.clearScreen(),
      help: () => (this.#options.screenReader ? this.#print(helpRows(80)) : this.#set({ help: 0 })),
      quit: () => this.#screen.leave('quit'),
      switchTo: async controller => {
        const previous = this.#controller;
        this.#controller = controller;
        this.#screen.follow(controller);
        await previous.close();
      },
    };
  }

  #set(change: Partial<ShellState>) {
    this.#state = { ...this.#state, ...change };
    for (const listener of this.#listeners) listener();
  }
}
