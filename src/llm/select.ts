import { KvError } from '../shared/errors.ts';
import { nearest } from '../shared/nearest.ts';
import { createAnthropicModel } from './anthropic.ts';
import { createOllamaModel } from './ollama.ts';
import type { LanguageModel } from './port.ts';
import { proxyFetch } from './proxy.ts';

/** What the config file may say about models; environment variables win over it. */
export interface ModelSettings {
  anthropic?: {
    baseUrl?: string;
    /** Tokens; for models that kv does not know. */
    contextWindow?: number;
  };
  ollama?: {
    host?: string;
    /** Tokens, sent as `num_ctx`. */
    contextLength?: number;
  };
}

export interface ModelSources {
  env: NodeJS.ProcessEnv;
  settings?: ModelSettings;
  /** Makes the model that needs no model. */
  offline: () => LanguageModel;
}

const PROVIDERS = ['anthropic', 'ollama', 'offline'] as const;
const FORMS = 'A model is written anthropic:<id>, ollama:<id> or offline.';

/** `anthropic:<id>`, `ollama:<id>`, `offline`, or a bare `claude-…`, taken apart. Throws KvError (usage). */
export function parseModelSpec(spec: string): { provider: (typeof PROVIDERS)[number]; id: string } {
  const text = spec.trim();
  const colon = text.indexOf(':');
  const provider = (colon < 0 ? text : text.slice(0, colon)).toLowerCase();
  const id = colon < 0 ? '' : text.slice(colon + 1).trim();
  if (provider === 'offline' && id === '') return { provider, id: 'offline' };
  if (colon < 0 && provider.startsWith('claude-')) return { provider: 'anthropic', id: text };
  if (provider === 'anthropic' || provider === 'ollama') {
    if (id !== '') return { provider, id };
    throw new KvError('usage', `"${spec}" names no model of ${provider}.`, { hint: exampleOf(provider) });
  }
  throw unknownProvider(text, provider, id);
}

/** The model that `spec` names. Throws KvError: unknown provider (usage), missing key or bad address (ModelError). */
export function createModel(spec: string, sources: ModelSources): LanguageModel {
  const { provider, id } = parseModelSpec(spec);
  const { env, settings } = sources;
  switch (provider) {
    case 'offline':
      return sources.offline();
    case 'anthropic':
      return createAnthropicModel({
        id,
        apiKey: env['ANTHROPIC_API_KEY'],
        baseUrl: env['ANTHROPIC_BASE_URL'] || settings?.anthropic?.baseUrl,
        contextWindow: settings?.anthropic?.contextWindow,
        fetch: proxyFetch(env),
      });
    case 'ollama':
      return createOllamaModel({
        id,
        host: env['OLLAMA_HOST'] || settings?.ollama?.host,
        contextLength: settings?.ollama?.contextLength,
      });
    default:
      return provider satisfies never;
  }
}

function exampleOf(provider: 'anthropic' | 'ollama'): string {
  return provider === 'anthropic'
    ? 'Write for example anthropic:claude-sonnet-5-5.'
    : 'Write for example ollama:qwen3:8b; `ollama list` shows what you have.';
}

function unknownProvider(text: string, provider: string, id: string): KvError {
  const meant = nearest(provider, PROVIDERS, 1)[0];
  const guess = meant ? ` Did you mean ${meant === 'offline' ? meant : `${meant}:${id || '<id>'}`}?` : '';
  const local = !meant && text !== '' ? ` A local model is ollama:${text}.` : '';
  const message = text === '' ? 'The model name is empty.' : `There is no model provider "${provider}".`;
  return new KvError('usage', message, { hint: `${FORMS}${guess}${local}`, facts: { spec: text } });
}
