import { createClusterClient } from '../cluster/index.ts';
import type { ClusterClient } from '../cluster/port.ts';
import { loadConfig } from '../config/load.ts';
import { kvPaths } from '../config/paths.ts';
import type { KvConfig } from '../config/schema.ts';
import { createModel } from '../llm/index.ts';
import { createOfflineModel } from '../llm/offline/index.ts';
import { openSessionStore } from '../sessions/index.ts';
import { KvError, messageOf } from '../shared/errors.ts';
import { cleanText, formatDuration } from '../shared/text.ts';
import { EXIT_CODES } from './exit-codes.ts';
import { openCluster } from './open-cluster.ts';
import type { SessionOptions } from './options.ts';
import { Exit } from './program.ts';
import { version } from './version.ts';

interface Finding {
  state: 'ok' | 'note' | 'bad';
  text: string;
  code?: number;
}

/** `kv doctor`: one line for each thing that kv needs, with what to do about what is missing. */
export async function doctor(options: SessionOptions): Promise<void> {
  const env = process.env;
  const config: KvConfig = {};
  const checks: Array<[string, () => Promise<Finding[]>]> = [
    [
      'kv',
      async () => [
        {
          state: 'ok',
          text: `${version} on Node ${process.versions.node}, ${process.platform} ${process.arch}`,
        },
      ],
    ],
    ['config', async () => checkConfig(config)],
    ['terminal', async () => [checkTerminal()]],
    ['history', async () => [await checkHistory()]],
    ['cluster', () => checkCluster(options, config)],
    ['model', () => checkModel(options.model ?? env.KV_MODEL ?? config.model, config)],
  ];
  let code = 0;
  for (const [name, check] of checks) {
    for (const finding of await check().catch(failed)) {
      const mark = { ok: 'ok  ', note: 'note', bad: 'BAD ' }[finding.state];
      process.stdout.write(`${mark} ${name.padEnd(9)} ${cleanText(finding.text)}\n`);
      if (finding.state === 'bad') code ||= finding.code ?? EXIT_CODES.failed;
    }
  }
  throw new Exit(code);
}

function failed(error: unknown): Finding[] {
  const code = error instanceof KvError ? EXIT_CODES[error.kind] : EXIT_CODES.failed;
  return [{ state: 'bad', text: messageOf(error), code }];
}

async function checkConfig(into: KvConfig): Promise<Finding[]> {
  const { configFile } = kvPaths(process.env);
  const config = await loadConfig(configFile, Boolean(process.env.KV_CONFIG));
  Object.assign(into, config);
  const empty = Object.keys(config).length === 0;
  return [{ state: 'ok', text: empty ? `none at ${configFile}; defaults are used` : configFile }];
}

function checkTerminal(): Finding {
  const { stdout } = process;
  if (!stdout.isTTY)
    return { state: 'note', text: 'standard output is no terminal: kv will print text instead of its UI' };
  const size = `${stdout.columns}×${stdout.rows}, ${2 ** stdout.getColorDepth()} colours, TERM=${process.env.TERM ?? 'unset'}`;
  if (stdout.columns < 60) return { state: 'note', text: `${size}; 80 columns or more are better to read` };
  const utf8 = /utf-?8/i.test(process.env.LC_ALL || process.env.LC_CTYPE || process.env.LANG || '');
  return utf8
    ? { state: 'ok', text: size }
    : { state: 'note', text: `${size}; the locale is not UTF-8, so kv draws in ASCII` };
}

async function checkHistory(): Promise<Finding> {
  const { sessions } = kvPaths(process.env);
  const { store, warning } = await openSessionStore(sessions);
  const count = store.list({ limit: 1000 }).length;
  store.close();
  return warning
    ? { state: 'note', text: warning }
    : { state: 'ok', text: `${sessions} (${count} sessions)` };
}

async function checkCluster(options: SessionOptions, config: KvConfig): Promise<Finding[]> {
  const started = Date.now();
  const chosen = {
    ...options,
    context: options.context ?? config.context,
    namespace: options.namespace ?? config.namespace,
  };
  const client = createClusterClient(await openCluster(chosen, { reach: true }));
  try {
    const { context, server, namespace } = client.info;
    const signal = AbortSignal.timeout(15_000);
    const { gitVersion } = await client.version(signal);
    const took = formatDuration(Date.now() - started);
    return [
      {
        state: 'ok',
        text: `${context} at ${server}, Kubernetes ${gitVersion ?? 'unknown'}, namespace ${namespace}, ${took}`,
      },
      await checkRights(client, namespace, signal),
    ];
  } finally {
    await client.close();
  }
}

/** What an investigation reads; without one of these kv sees less, and says where. */
const RIGHTS: Array<[verb: string, kind: string, subresource?: string]> = [
  ['list', 'pods'],
  ['get', 'pods', 'log'],
  ['list', 'events'],
  ['list', 'deployments'],
  ['list', 'services'],
  ['list', 'configmaps'],
  ['list', 'persistentvolumeclaims'],
  ['list', 'nodes'],
];

async function checkRights(client: ClusterClient, namespace: string, signal: AbortSignal): Promise<Finding> {
  const answers = await Promise.all(
    RIGHTS.map(async ([verb, kind, subresource]) => {
      const { allowed } = await client.can({ verb, kind, subresource, namespace }, signal);
      return allowed ? undefined : `${verb} ${kind}${subresource ? `/${subresource}` : ''}`;
    }),
  );
  const missing = answers.filter(answer => answer !== undefined);
  if (missing.length === 0)
    return { state: 'ok', text: `rights: everything that an investigation reads in ${namespace}` };
  return {
    state: 'note',
    text: `rights: you may not ${missing.join(', ')} in ${namespace}; ask for the ClusterRole "view"`,
  };
}

async function checkModel(spec: string | undefined, config: KvConfig): Promise<Finding[]> {
  const model = createModel(spec ?? 'offline', {
    env: process.env,
    settings: config,
    offline: createOfflineModel,
  });
  if (model.provider === 'offline') {
    return [
      {
        state: 'note',
        text: 'offline: kv answers by rules; choose a model with --model anthropic:<id> or ollama:<id>',
      },
    ];
  }
  const started = Date.now();
  const request = {
    system: [],
    messages: [{ role: 'user' as const, content: [{ type: 'text' as const, text: 'Answer with OK.' }] }],
    maxOutputTokens: 16,
  };
  for await (const event of model.stream(request, AbortSignal.timeout(60_000))) {
    if (event.type === 'finish') break;
  }
  return [
    {
      state: 'ok',
      text: `${model.provider}:${model.id} answered in ${formatDuration(Date.now() - started)}, ${model.contextWindow.toLocaleString('en')} tokens of context`,
    },
  ];
}
