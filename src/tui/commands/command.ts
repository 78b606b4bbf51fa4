import type { SessionController } from '../../agent/controller.ts';
import type { Row } from '../layout/row.ts';
import type { TuiOptions } from '../options.ts';
import type { BlockBody, View } from '../state/view.ts';

/** What a command may do. Failures are thrown; the caller shows their sentence. */
export interface CommandHost {
  readonly controller: SessionController;
  readonly options: TuiOptions;
  readonly view: View;
  /** Shows rows below everything so far. */
  print(rows: readonly Row[]): void;
  /** The same for what is laid out anew when the screen changes. */
  show(block: BlockBody): void;
  /** One dim line of confirmation. */
  say(text: string): void;
  clear(): void;
  help(): void;
  quit(): void;
  switchTo(controller: SessionController): Promise<void>;
}

export interface Command {
  /** Without the slash. */
  name: string;
  /** Also reachable as `:alias`, as k9s users type it. */
  aliases: readonly string[];
  /** How the argument is written in help; '' for none. */
  argument: string;
  summary: string;
  run(host: CommandHost, argument: string): void | Promise<void>;
  /** What the argument may be. */
  complete?(host: CommandHost): Promise<string[]>;
}
