import type { SandboxLimits } from './port.ts';

/** Said by the worker when QuickJS stopped itself, and by the watchdog when it could not. */
export function cpuLimitMessage(limits: SandboxLimits): string {
  return `The script computed for more than ${limits.cpuMs} ms. Let the host do the heavy part (selectors, grep, field selection) and keep loops small; waiting for calls does not count.`;
}
