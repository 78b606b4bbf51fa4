export { createScriptClock } from './clock.ts';
export { createSandbox, type SandboxOptions } from './sandbox.ts';
