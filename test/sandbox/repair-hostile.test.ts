import { afterAll, describe, expect, it } from 'vitest';
import { allCapabilities } from '../../src/agent/capabilities.ts';
import { checkAndRepair } from '../../src/agent/modes/code/repair/repair.ts';
import { createCatalog } from '../../src/capabilities/catalog.ts';
import { createSandbox } from '../../src/sandbox/index.ts';

const catalog = createCatalog(allCapabilities());
const sandbox = createSandbox({
  declarations: catalog.declarations(),
  catalogNames: catalog.names(),
  suggest: name => catalog.suggest(name),
  poolSize: 1,
});
afterAll(() => sandbox.close());

const repair = (script: string) =>
  checkAndRepair(script, text => sandbox.check(text, new AbortController().signal));
const DELETE = "await k8s.delete({ kind: 'Pod', name: 'web-1' });";

describe('what follows an exit', () => {
  it.each([
    [
      'a helper',
      `const { count } = await k8s.pods();\nfunction stop() { process.exit(1); }\nif (count > 0) stop();\n${DELETE}\nreturn 1;`,
    ],
    ['an arrow', `const stop = () => process.exit(1);\nstop();\n${DELETE}\nreturn 1;`],
    ['an arrow with a body', `const stop = (): void => { process.exit(1); };\nstop();\n${DELETE}\nreturn 1;`],
    [
      'a callback',
      `const { items } = await k8s.pods();\nitems.forEach(pod => { if (!pod.ready) process.exit(1); });\n${DELETE}\nreturn 1;`,
    ],
    ['a method', `const job = { stop() { process.exit(1); } };\njob.stop();\n${DELETE}\nreturn 1;`],
    [
      'a helper inside main',
      `async function main() {\n  const stop = () => process.exit(1);\n  stop();\n  ${DELETE}\n}\nawait main();`,
    ],
    [
      'a handler in the middle',
      `const pods = k8s.pods();\nawait pods.catch(() => process.exit(1));\n${DELETE}\nreturn 1;`,
    ],
    ['main in the middle', `async function main() { process.exit(1); }\nawait main();\n${DELETE}\nreturn 1;`],
  ])('never runs because of a repair: %s', async (_name, script) => {
    const { check, script: kept, repairs } = await repair(script);
    expect({ ok: check.ok, kept, repairs }).toEqual({ ok: false, kept: script, repairs: [] });
  });

  it.each([
    [
      'at the top',
      `const { count } = await k8s.pods();\nif (count > 0) process.exit(1);\n${DELETE}\nreturn 1;`,
      'if (count > 0) return;',
    ],
    ['in a block', `try { ${DELETE} } catch { process.exit(1); }\nreturn 1;`, 'catch { return; }'],
  ])('does not run where it did not: %s', async (_name, script, mended) => {
    const { check, script: now } = await repair(script);
    expect(check.ok).toBe(true);
    expect(now).toContain(mended);
  });
});

describe('text in a script', () => {
  it.each([
    ['fences and languages', "import x from 'x';\nconst text = `a\n~~~\nts\nWhat a day\n`;\nreturn text;"],
    [
      'templates inside templates',
      'import x from \'x\';\nconst rows = [1].map(n => `a ${`b ${n}\nimport y from "y";\nprocess.exit(1)\n`} c`);\nreturn rows;',
    ],
    [
      'logs',
      "import x from 'x';\nconst log = 'console.log(1); process.exit(0)';\nconst again = `console.log(${log})`;\nreturn [log, again];",
    ],
  ])('stays as it was written: %s', async (_name, script) => {
    const { check, script: now } = await repair(script);
    expect(check.ok).toBe(true);
    expect(now).toBe(script.replace(/^import.*\n/, '\n'));
  });

  it('is not taken for a last statement', async () => {
    const script = 'const text = `${`\nconsole.log("x")`}\nconsole.log(text)\n`;\nconst more = text.length;';
    expect(await repair(script)).toMatchObject({ script, repairs: [] });
  });
});
