import { createCatalog } from '../../src/capabilities/catalog.ts';
import type { CapabilityContext } from '../../src/capabilities/define.ts';
import { diagnoseCapabilities } from '../../src/capabilities/diagnose/index.ts';
import { helmCapabilities } from '../../src/capabilities/helm/index.ts';
import { k8sCapabilities } from '../../src/capabilities/k8s/index.ts';
import { createClusterClient, openSnapshot } from '../../src/cluster/index.ts';
import { createOfflineModel } from '../../src/llm/offline/index.ts';
import type { ModelMessage } from '../../src/llm/port.ts';
import { createSandbox } from '../../src/sandbox/index.ts';
import type { SandboxLimits } from '../../src/sandbox/port.ts';
import { capValue } from '../../src/shared/truncate.ts';
import { noTraces } from '../../src/trace/index.ts';

const LIMITS: SandboxLimits = {
  memoryBytes: 128 * 2 ** 20,
  cpuMs: 10_000,
  wallMs: 20_000,
  maxCalls: 200,
  maxConcurrentCalls: 50,
  maxResultBytesPerCall: 16_000_000,
  maxResultBytesTotal: 64_000_000,
  maxConsoleBytes: 65_536,
};

/** What one question led to: every script, the last words, and all text that left the cluster's side. */
export interface Exchange {
  scripts: string[];
  answer: string;
  returned: string;
}

/** The offline model's whole turn logic on a snapshot: real sandbox, real capabilities, no agent loop. */
export async function openDesk(snapshot: string) {
  const signal = AbortSignal.timeout(120_000);
  const transport = await openSnapshot(snapshot, { signal });
  const cluster = createClusterClient(transport);
  const catalog = createCatalog([...k8sCapabilities, ...helmCapabilities, ...diagnoseCapabilities]);
  const sandbox = createSandbox({
    declarations: catalog.declarations(),
    catalogNames: catalog.names(),
    poolSize: 1,
  });

  const contextFor = (namespace: string): CapabilityContext => ({
    cluster,
    trace: noTraces,
    namespace,
    signal,
    state: { get: () => undefined, set: () => {}, delete: () => false, keys: () => [] },
    results: { list: () => [], get: () => undefined },
    secrets: {
      handle: value => ({ $secret: 'hidden', length: value.length, sha256: '' }),
      matches: () => false,
      reveal: () => Promise.reject(new Error('not in tests')),
    },
    redact: value => value,
    now: Date.now,
    progress: () => {},
    approve: () => Promise.reject(new Error('not in tests')),
  });

  async function call(
    name: string,
    params: Record<string, unknown>,
    namespace = 'default',
  ): Promise<unknown> {
    const capability = catalog.get(name);
    if (!capability) throw new Error(`no capability ${name}`);
    return capability.run(contextFor(namespace), capability.params.parse(params));
  }

  /** The message that the model reads next, or the words with which the script ended the question. */
  async function runScript(code: string, namespace: string): Promise<{ message: string; closing?: string }> {
    const check = await sandbox.check(code, signal);
    if (!check.ok) return { message: `Your script does not type-check; nothing was run:\n${check.message}` };
    const outcome = await sandbox.run({
      code,
      limits: LIMITS,
      signal,
      call: async request =>
        JSON.stringify(await call(request.name, JSON.parse(request.args), namespace)) ?? 'null',
    });
    if (outcome.error)
      return { message: `Your script failed:\n${outcome.error.name}: ${outcome.error.message}` };
    const returned = JSON.parse(outcome.result ?? 'null');
    if (outcome.closing) return { message: '', closing: String(returned) };
    const { value } = capValue(returned, 12_000);
    return { message: `Result of your script:\n\`\`\`json\n${JSON.stringify(value)}\n\`\`\`` };
  }

  async function ask(question: string, namespace: string, before: string[] = []): Promise<Exchange> {
    const user = (text: string): ModelMessage => ({ role: 'user', content: [{ type: 'text', text }] });
    const messages = [...before, question].map(text =>
      user(`Question: ${text}\nNamespace: ${namespace}\nCluster: test`),
    );
    const exchange: Exchange = { scripts: [], answer: '', returned: '' };
    for (let turn = 0; turn < 8; turn++) {
      const text = await say(messages);
      messages.push({ role: 'assistant', content: [{ type: 'text', text }] });
      const script = /```ts\n([\s\S]*?)\n```/.exec(text)?.[1];
      if (!script) return { ...exchange, answer: text };
      exchange.scripts.push(script);
      const { message, closing } = await runScript(script, namespace);
      if (closing !== undefined) return { ...exchange, answer: closing };
      exchange.returned += `${message}\n`;
      messages.push(user(message));
    }
    throw new Error('the offline model did not come to an end');
  }

  return {
    ask,
    call,
    async close() {
      await sandbox.close();
      await cluster.close();
    },
  };
}

/** One answer of the offline model to a conversation. */
export async function say(messages: ModelMessage[]): Promise<string> {
  let text = '';
  const request = { system: [], messages, maxOutputTokens: 4096 };
  for await (const event of createOfflineModel().stream(request, AbortSignal.timeout(5000))) {
    if (event.type === 'text') text += event.delta;
  }
  return text;
}
