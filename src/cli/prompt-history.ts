import { appendFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

/** Lines kept; older ones are dropped when the file is read. */
const MAX_LINES = 1_000;
/** Longer questions (pastes) are not worth remembering. */
const MAX_LENGTH = 2_000;

/**
 * What was asked before, without credentials, one JSON string a line, readable by its owner only. A history that
 * cannot be kept is done without.
 */
export function openPromptHistory(file: string): { load(): string[]; append(line: string): Promise<void> } {
  return {
    load() {
      try {
        const lines = readFileSync(file, 'utf8').split('\n').filter(Boolean);
        const kept = lines.slice(-MAX_LINES);
        if (kept.length < lines.length) writeFileSync(file, `${kept.join('\n')}\n`, { mode: 0o600 });
        return kept.flatMap(parse);
      } catch {
        return [];
      }
    },
    async append(line) {
      if (line.length > MAX_LENGTH) return;
      // The question itself matters more than remembering it.
      await remember(file, line).catch(() => {});
    },
  };
}

async function remember(file: string, line: string): Promise<void> {
  const { createRedactor, createVault } = await import('../policy/index.ts');
  const { redactText } = createRedactor(createVault());
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  appendFileSync(file, `${JSON.stringify(redactText(line))}\n`, { mode: 0o600 });
}

function parse(line: string): string[] {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'string' ? [value] : [];
  } catch {
    return [];
  }
}
