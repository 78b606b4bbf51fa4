import type { ToolSpec } from '../../../llm/port.ts';

/**
 * How a model is asked to hand over its script: in a fenced block of its answer, or as the argument of one
 * tool. Whichever is offered, both are understood.
 */
export type CodeForm = 'fence' | 'tool';

/** The one tool of the `tool` form. */
export const RUN_SCRIPT = 'run_script';

export const RUN_SCRIPT_TOOL: ToolSpec = {
  name: RUN_SCRIPT,
  description: 'Runs one TypeScript script against the cluster and answers with what it returned.',
  inputSchema: {
    type: 'object',
    properties: {
      why: { type: 'string', description: 'what you want to know, in one sentence' },
      code: { type: 'string', description: 'the script' },
    },
    required: ['code'],
  },
};

interface FormRule {
  /** Matched against `provider:id` in lower case. */
  models: RegExp;
  form: CodeForm;
}

/** By model family, first match wins. Families are added with a measurement, not by guess. */
const FORMS: readonly FormRule[] = [
  // The chat templates of these families in Ollama's library have no place for tools.
  { models: /^ollama:(?:gemma[23]?|phi[23]|llama2|codellama)\b/, form: 'fence' },
];

/** The form that a model is offered; `chosen` is the user's wish from the config file. */
export function formFor(model: { provider: string; id: string }, chosen: CodeForm | undefined): CodeForm {
  const name = `${model.provider}:${model.id}`.toLowerCase();
  return chosen ?? FORMS.find(rule => rule.models.test(name))?.form ?? 'fence';
}
