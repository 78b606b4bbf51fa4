/** What scripts have besides the language and the capabilities. */
export const BASE_DECLARATIONS = `
interface ScriptConsole {
  log(...values: any[]): void;
  info(...values: any[]): void;
  debug(...values: any[]): void;
  warn(...values: any[]): void;
  error(...values: any[]): void;
  table(value: any): void;
  dir(value: any): void;
  trace(...values: any[]): void;
}
declare const console: ScriptConsole;
declare function print(...values: any[]): void;
declare function sleep(ms: number): Promise<void>;
declare function queueMicrotask(callback: () => void): void;
`;
