import type { Catalog } from '../../../capabilities/catalog.ts';
import { relevantCapabilities } from '../../../capabilities/relevant.ts';
import type { SystemBlock } from '../../../llm/port.ts';
import { subjectOf } from '../finishing.ts';
import type { CodeForm } from './forms.ts';
import { codePrompt } from './prompt.ts';

/** What a session's model has been told about capabilities. */
export interface CodeOffer {
  /** Chooses what the first question needs; returns what a later one needs beside that, as text. */
  begin(question: string, form: CodeForm): string | undefined;
  readonly system: SystemBlock[];
  /** The part of `system` that declares capabilities. */
  readonly declarations: string;
}

/** What one question's declarations may take; test/agent/code-mode-prompt.test.ts holds the whole prompt. */
const DECLARATION_CHARACTERS = 2_700;
/** What the prompt itself explains. */
const EXPLAINED = ['tools.search', 'tools.describe', 'secret.matches'];

/**
 * The system prompt is fixed at the first question, so that providers can cache it; only a change of form (with
 * that of the model) renews it.
 */
export function createOffer(catalog: Catalog): CodeOffer {
  const about = subjectOf(name => catalog.get(name) !== undefined);
  const types = new Set<string>();
  const declared: string[] = [];
  let current: { form: CodeForm; declarations: string; others: string } | undefined;
  /** Declares what fits, best first. What does not is named with the others. */
  const declare = (names: string[]): string => {
    const lines: string[] = [];
    let room = DECLARATION_CHARACTERS;
    for (const name of names) {
      const tried = new Set(types);
      const text = catalog.briefDeclarations([name], tried);
      if (text.length > room) continue;
      room -= text.length;
      lines.push(text);
      declared.push(name);
      for (const type of tried) types.add(type);
    }
    return lines.join('\n');
  };
  return {
    begin(question, form) {
      const wanted = relevantCapabilities(catalog, question).filter(name => !declared.includes(name));
      const text = declare(wanted);
      if (!current) {
        current = { form, declarations: text, others: catalog.otherNames([...declared, ...EXPLAINED]) };
        return undefined;
      }
      current = { ...current, form };
      return text === '' ? undefined : `Also of use, in the same shorthand:\n\`\`\`ts\n${text}\n\`\`\``;
    },
    get system() {
      return current ? [{ text: codePrompt({ ...current, about }), cache: true }] : [];
    },
    get declarations() {
      return current?.declarations ?? '';
    },
  };
}
