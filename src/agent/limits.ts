import type { SandboxLimits } from '../sandbox/port.ts';

/** What one question may use. */
export interface QuestionLimits {
  /** Requests to the model. */
  turns: number;
  /** Capability calls over all scripts. */
  calls: number;
  /** Input and output tokens over all turns, as reported or estimated. */
  tokens: number;
  /** Wall time in milliseconds, time spent waiting for approvals excluded. */
  wallMs: number;
}

export const DEFAULT_QUESTION_LIMITS: QuestionLimits = {
  turns: 16,
  calls: 2_000,
  tokens: 400_000,
  wallMs: 15 * 60_000,
};

export const DEFAULT_SANDBOX_LIMITS: SandboxLimits = {
  memoryBytes: 128 * 1024 * 1024,
  cpuMs: 10_000,
  wallMs: 5 * 60_000,
  maxCalls: 1_000,
  maxConcurrentCalls: 64,
  maxResultBytesPerCall: 32 * 1024 * 1024,
  maxResultBytesTotal: 96 * 1024 * 1024,
  maxConsoleBytes: 256 * 1024,
};
