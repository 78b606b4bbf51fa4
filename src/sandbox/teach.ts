const HERE = 'the global capabilities (k8s.*, tools.search, …), console and sleep';

/** What to use instead of names that scripts elsewhere have. */
const INSTEAD: Record<string, string> = {
  require: `Modules cannot be loaded here: use ${HERE}.`,
  module: `There are no modules here: \`return\` what the script found.`,
  exports: `There are no modules here: \`return\` what the script found.`,
  process: `There is no process here: use ${HERE}.`,
  Buffer: 'There is no Buffer here: strings and typed arrays are plain JavaScript.',
  fetch: 'There is no network here: reach the cluster through k8s.*.',
  XMLHttpRequest: 'There is no network here: reach the cluster through k8s.*.',
  setTimeout: 'Use `await sleep(milliseconds)`.',
  setInterval: 'Use a loop with `await sleep(milliseconds)`.',
  setImmediate: 'Use `await sleep(0)`.',
  structuredClone: 'Use `JSON.parse(JSON.stringify(value))`.',
  performance: 'Use `Date.now()`.',
  Intl: 'There is no Intl here: format with plain string methods.',
  URL: 'There is no URL class here: use plain string methods.',
  URLSearchParams: 'There is no URLSearchParams here: use plain string methods.',
  TextEncoder: 'There is no TextEncoder here.',
  TextDecoder: 'There is no TextDecoder here.',
  atob: 'There is no atob here.',
  btoa: 'There is no btoa here.',
  crypto: 'There is no crypto here.',
  fs: 'There is no file system here.',
  window: `There is no browser here: use ${HERE}.`,
  document: `There is no browser here: use ${HERE}.`,
  kubectl: 'There is no kubectl here: use k8s.list, k8s.get, k8s.logs and the like.',
};

/** What to write instead of a global that does not exist here. */
export function adviceForName(name: string): string | undefined {
  return Object.hasOwn(INSTEAD, name) ? INSTEAD[name] : undefined;
}

/** What to write instead of syntax that cannot run here; `line` is the offending line of source. */
export function adviceForSyntax(message: string, line: string): string | undefined {
  if (/^\s*import\b(?!\s*\()/.test(line)) return `Scripts cannot import: everything is global (${HERE}).`;
  if (/^\s*export\b/.test(line)) return 'Scripts cannot export: `return` what the script found.';
  if (/\benum\b/.test(message)) return 'Use a constant object or a union of strings.';
  if (/^\s*(declare\s+)?namespace\s+\w/.test(line)) return 'Use plain functions and constants.';
  if (/parameter property/.test(message)) return 'Declare the field and assign it in the constructor.';
  return undefined;
}
