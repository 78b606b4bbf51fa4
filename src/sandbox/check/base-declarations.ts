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
interface Finished { readonly finish: string }
interface ReportParts {
  verdict?: string;
  rootCause?: string;
  confidence?: string;
  affected?: string | readonly (string | { kind?: string; namespace?: string; name: string })[];
  evidence?: string | readonly (string | { quote: string; source?: string })[];
  remediation?: string | readonly string[];
  ruledOut?: string | readonly string[];
  [field: string]: any;
}
declare function finish(text: string): Finished;
declare function report(parts: ReportParts | readonly ReportParts[]): string;
declare function queueMicrotask(callback: () => void): void;
`;
