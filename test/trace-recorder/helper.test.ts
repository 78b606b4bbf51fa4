import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { checkHelper, findHelper, type HelperSearch, notReady } from '../../src/trace/recorder/index.ts';

const FAKE = fileURLToPath(new URL('./fixtures/fake-tracer', import.meta.url));

let folder: string;
let said: string[];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'kv-helper-'));
  said = [];
  for (const name of ['bpf', 'native', 'bin']) mkdirSync(join(folder, name));
  writeFileSync(join(folder, 'native', 'kv-tracer.c'), 'int main(void) { return 0; }');
});

afterEach(() => vi.unstubAllEnvs());

function search(changes: Partial<HelperSearch> = {}): HelperSearch {
  return {
    override: undefined,
    cacheDirectory: join(folder, 'cache'),
    sources: folder,
    path: join(folder, 'bin'),
    platform: 'linux',
    arch: 'x64',
    say: sentence => said.push(sentence),
    ...changes,
  };
}

/** Compilers that do nothing, and a make that says `error`, or builds a program. */
function fakeCompilers(error?: string): void {
  const make = error
    ? `echo "${error}" >&2; exit 2`
    : 'for word; do case $word in OUT=*) out="${word#OUT=}";; esac; done; echo built >>"$FAKE_MAKE_LOG"; printf "#!/bin/sh\\n" >"$out/kv-tracer"; chmod +x "$out/kv-tracer"';
  for (const [name, script] of Object.entries({ make, gcc: ':', clang: ':' })) {
    writeFileSync(join(folder, 'bin', name), `#!/bin/sh\n${script}\n`);
    chmodSync(join(folder, 'bin', name), 0o755);
  }
  vi.stubEnv('PATH', `${join(folder, 'bin')}:${process.env['PATH']}`);
  vi.stubEnv('FAKE_MAKE_LOG', join(folder, 'made'));
}

describe('the helper', () => {
  test('is built once, and again only for other sources', async () => {
    fakeCompilers();
    const first = await findHelper(search());
    expect(first).toMatch(/cache\/tracer-[0-9a-f]{12}\/kv-tracer$/);
    expect(said).toEqual([
      expect.stringMatching(/^Building the recorder's helper once, in .*\/cache\/tracer-/),
    ]);
    expect(await findHelper(search())).toBe(first);
    expect(said).toHaveLength(1);
    writeFileSync(join(folder, 'bpf', 'cuda.bpf.c'), '// changed');
    expect(await findHelper(search())).not.toBe(first);
    expect(readFileSync(join(folder, 'made'), 'utf8')).toBe('built\nbuilt\n');
  });

  test('is the same for two that build it at once, and nothing half-built stays', async () => {
    fakeCompilers();
    const [one, other] = await Promise.all([findHelper(search()), findHelper(search())]);
    expect(one).toBe(other);
    expect(readdirSync(join(folder, 'cache'))).toHaveLength(1);
  });

  test('that cannot be built says what to install', async () => {
    await expect(findHelper(search())).rejects.toMatchObject({
      message: expect.stringContaining('make and gcc and clang are missing'),
      hint: expect.stringMatching(/sudo apt-get install .*libbpf-dev.*sudo dnf install .*KV_TRACER/),
    });
    fakeCompilers("kv.h:1:10: fatal error: 'bpf/libbpf.h' file not found");
    await expect(findHelper(search())).rejects.toThrow(/cannot be built: .*'bpf\/libbpf.h' file not found/);
    expect(existsSync(join(folder, 'cache')) && readdirSync(join(folder, 'cache'))).toEqual([]);
  });

  test.each(['', '/cache'])('is not run where somebody else could have changed it: FOLDER%s', async where => {
    fakeCompilers();
    await findHelper(search());
    chmodSync(`${folder}${where}`, 0o777);
    await expect(findHelper(search())).rejects.toMatchObject({
      message: expect.stringMatching(/is not run, because .* can be written by everybody/),
      hint: expect.stringMatching(/Remove .*cache\/tracer-[0-9a-f]{12} /),
    });
  });

  test('that was named is not run if everybody may write it', async () => {
    const named = join(folder, 'kv-tracer');
    writeFileSync(named, '#!/bin/sh\n');
    chmodSync(named, 0o777);
    await expect(findHelper(search({ override: named }))).rejects.toThrow(/which everybody may write/);
  });

  test('can be named', async () => {
    expect(await findHelper(search({ override: FAKE }))).toBe(FAKE);
    await expect(findHelper(search({ override: join(folder, 'nothing') }))).rejects.toThrow(
      /KV_TRACER names .*nothing, which is no program/,
    );
  });

  test.each([
    ['darwin', 'arm64'],
    ['linux', 'arm64'],
  ] as const)('does not exist for %s on %s, and reading traces does', async (platform, arch) => {
    await expect(findHelper(search({ platform, arch }))).rejects.toMatchObject({
      message: expect.stringContaining('needs Linux on x86-64'),
      hint: expect.stringContaining('reading trace files works everywhere'),
    });
  });
});

describe('what is missing to record', () => {
  test('is named, with the one command that grants it', async () => {
    vi.stubEnv('FAKE_TRACER', 'not-ready');
    const { sentence } = notReady(await checkHelper(FAKE));
    expect(sentence).toContain('CAP_BPF (loading eBPF programs is not allowed to this user)');
    expect(sentence).toContain(`Run sudo setcap cap_bpf,cap_perfmon=ep ${FAKE} once, or run kv with sudo.`);
  });

  test('cannot be told by another program', async () => {
    await expect(checkHelper('/bin/true')).rejects.toThrow('/bin/true did not answer --check');
  });
});
