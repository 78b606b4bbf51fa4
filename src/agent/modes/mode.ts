import type { ModelMessage, StopReason, SystemBlock, ToolSpec } from '../../llm/port.ts';
import type { AgentEventBody, Mode, ToolCall } from '../events.ts';

/**
 * How a model acts on the world: by scripts (`code`) or by single tool calls (`tools`). The loop knows only this
 * interface. A mode keeps no conversation: it turns one answer of the model into the next message for it.
 */
export interface InvestigationMode {
  readonly name: Mode;
  /**
   * Begins a question: chooses what the model is offered for it. The first question of a session decides the
   * system prompt; what a later one needs beside it is returned, to be sent with the question.
   */
  begin(question: string, emit: (event: AgentEventBody) => void): string | undefined;
  /** Stable over a session, so that providers can cache it. Read after `begin`. */
  readonly system: SystemBlock[];
  /** The part of `system` that declares capabilities, for the meter; '' where tools declare them. */
  readonly declarations: string;
  /** Read before each request: tools may be added within a question, never taken away. */
  readonly tools: ToolSpec[] | undefined;
  /** A fresh splitter for one streamed answer. */
  reader(): AnswerReader;
  /** What a whole answer means in this mode, before anyone is told: code mode finds scripts in tool calls. */
  understand?(answer: ModelAnswer): ModelAnswer;
  /** Carries out what the answer asks for. Rejects only for cancellation and for failures that end the question. */
  respond(answer: ModelAnswer, io: TurnIo): Promise<ModeStep>;
}

/** Splits streamed text into words for people and script, without ever showing half a fence. */
export interface AnswerReader {
  push(delta: string): AnswerPiece[];
  /** The end of the stream; `closed` is false when a script was begun and not finished. */
  end(): { pieces: AnswerPiece[]; text: string; report?: string; script?: string; closed: boolean };
}

export interface AnswerPiece {
  kind: 'text' | 'script';
  delta: string;
}

export interface ModelAnswer {
  /** The model's words, script and report left out. */
  text: string;
  /** The closing report as the model wrote it. */
  report?: string;
  script?: string;
  /** The tool call that carried the script, where one did. */
  scriptCall?: string;
  /** What had to be done to find the script. */
  repairs?: string[];
  /** False when a script was begun and not finished. */
  closed: boolean;
  toolCalls: ToolCall[];
  reason: StopReason;
}

export interface TurnIo {
  turn: number;
  emit(event: AgentEventBody): void;
  signal: AbortSignal;
}

export type ModeStep =
  /**
   * The model is done: its closing words; `plain` if they are no report, whatever lines they quote. `reply` is what
   * the conversation keeps of work that ended it.
   */
  | { kind: 'final'; text: string; plain?: boolean; reply?: ModelMessage; kept?: ModelAnswer }
  /**
   * Work was done, the model goes on with `reply`. `fingerprint` identifies what was asked for, `failure` what
   * went wrong, so that the progress guard can see repetitions. `kept` is the answer as the conversation keeps it,
   * where slips in it were mended.
   */
  | { kind: 'continue'; reply: ModelMessage; kept?: ModelAnswer; fingerprint: string; failure?: string };
