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

describe('slips that are mended', () => {
  it.each<[name: string, written: string, runs: string, repairs: string[]]>([
    [
      'a member of a call',
      'const items = k8s.pods({ problemsOnly: true }).items;\nreturn items.length;',
      'const items = (await k8s.pods({ problemsOnly: true })).items;\nreturn items.length;',
      ['line 1: added await before k8s.pods'],
    ],
    [
      'await that binds to the member',
      'return (await k8s.pods().items).length;',
      'return ((await k8s.pods()).items).length;',
      ['line 1: added await before k8s.pods'],
    ],
    [
      'a variable that is read later',
      "const log = k8s.logs({ pod: 'web-1' });\nconst bad = log.lines.filter(l => /ERR/.test(l));\nreturn bad;",
      "const log = await k8s.logs({ pod: 'web-1' });\nconst bad = log.lines.filter(l => /ERR/.test(l));\nreturn bad;",
      ['line 1: added await before k8s.logs'],
    ],
    [
      'destructuring',
      "const { items, count } = k8s.events({ name: 'web*' });\nreturn { count, first: items[0] };",
      "const { items, count } = await k8s.events({ name: 'web*' });\nreturn { count, first: items[0] };",
      ['line 1: added await before k8s.events'],
    ],
    [
      'a loop',
      'const out: string[] = [];\nfor (const pod of k8s.pods().items) out.push(pod.name);\nreturn out;',
      'const out: string[] = [];\nfor (const pod of (await k8s.pods()).items) out.push(pod.name);\nreturn out;',
      ['line 2: added await before k8s.pods'],
    ],
    [
      'Promise.all',
      'const [pods, events] = Promise.all([k8s.pods(), k8s.events()]);\nreturn { pods, events };',
      'const [pods, events] = await Promise.all([k8s.pods(), k8s.events()]);\nreturn { pods, events };',
      ['line 1: added await before Promise.all'],
    ],
    [
      'two of them',
      "const d = diagnose.object({ name: 'web' });\nconst pods = k8s.pods();\nreturn { cause: d.findings[0]?.rootCause, bad: pods.problems };",
      "const d = await diagnose.object({ name: 'web' });\nconst pods = await k8s.pods();\nreturn { cause: d.findings[0]?.rootCause, bad: pods.problems };",
      ['line 1: added await before diagnose.object', 'line 2: added await before k8s.pods'],
    ],
    [
      'inside an async callback',
      'const { items } = await k8s.pods();\nreturn Promise.all(items.map(async p => {\n  const log = k8s.logs({ pod: p.name });\n  return log.lines;\n}));',
      'const { items } = await k8s.pods();\nreturn Promise.all(items.map(async p => {\n  const log = await k8s.logs({ pod: p.name });\n  return log.lines;\n}));',
      ['line 3: added await before k8s.logs'],
    ],
    [
      'a helper of its own',
      'async function bad() { return (await k8s.pods()).items.filter(p => p.problem); }\nconst list = bad();\nreturn list.map(p => p.name);',
      'async function bad() { return (await k8s.pods()).items.filter(p => p.problem); }\nconst list = await bad();\nreturn list.map(p => p.name);',
      ['line 2: added await before bad'],
    ],
    [
      'imports',
      'import { k8s } from \'kv\';\nimport * as diagnose from "diagnose";\nreturn (await k8s.pods()).count;',
      '\n\nreturn (await k8s.pods()).count;',
      ["line 1: dropped import { k8s } from 'kv';", 'line 2: dropped import * as diagnose from "diagnose";'],
    ],
    [
      'require',
      "const { k8s } = require('k8s');\nreturn (await k8s.pods()).count;",
      '\nreturn (await k8s.pods()).count;',
      ["line 1: dropped const { k8s } = require('k8s');"],
    ],
    [
      'an export list',
      'const n = (await k8s.pods()).count;\nexport { n };\nreturn n;',
      'const n = (await k8s.pods()).count;\n\nreturn n;',
      ['line 2: dropped the export'],
    ],
    [
      'process.exit at the end',
      'const { count } = await k8s.pods();\nconsole.log(count);\nprocess.exit(0);',
      'const { count } = await k8s.pods();\nreturn count;\n',
      ['line 3: replaced process.exit', 'line 2: returned what was only printed'],
    ],
    [
      'process.exit in between',
      "const { items } = await k8s.pods();\nif (items.length === 0) { console.log('none'); process.exit(1); }\nreturn items[0]!.name;",
      "const { items } = await k8s.pods();\nif (items.length === 0) { console.log('none'); return; }\nreturn items[0]!.name;",
      ['line 2: replaced process.exit'],
    ],
    [
      'words around the code',
      'Here is the script that lists the pods:\nconst { count } = await k8s.pods();\nreturn count;\nThis returns the number of pods.',
      '\nconst { count } = await k8s.pods();\nreturn count;\n',
      ['line 1: dropped words that are no code', 'line 4: dropped words that are no code'],
    ],
    [
      'a language on a line of its own',
      'typescript\nreturn (await k8s.pods()).count;',
      '\nreturn (await k8s.pods()).count;',
      ['line 1: dropped words that are no code'],
    ],
    [
      'printing instead of returning',
      "const { items } = await k8s.pods();\nconsole.log('pods:', items.map(p => p.name));",
      'const { items } = await k8s.pods();\nreturn items.map(p => p.name);',
      ['line 2: returned what was only printed'],
    ],
    [
      'printing JSON',
      'const { items } = await k8s.pods();\nconsole.log(JSON.stringify(items, null, 2));',
      'const { items } = await k8s.pods();\nreturn items;',
      ['line 2: returned what was only printed'],
    ],
    [
      'printing several values',
      'const { items, count } = await k8s.pods();\nconsole.log(count, items[0]);\n',
      'const { items, count } = await k8s.pods();\nreturn [count, items[0]];\n',
      ['line 2: returned what was only printed'],
    ],
    [
      'a main that prints',
      'async function main() {\n  const { count } = await k8s.pods();\n  console.log(count);\n}\nmain();',
      'async function main() {\n  const { count } = await k8s.pods();\n  return count;\n}\nmain();',
      ['line 3: returned what was only printed'],
    ],
    [
      'a main whose result is printed',
      'async function main() {\n  return (await k8s.pods()).count;\n}\nmain().then(console.log).catch(console.error);',
      'async function main() {\n  return (await k8s.pods()).count;\n}\nreturn await main();',
      ['line 4: returned what main() returns'],
    ],
    [
      'a function that runs itself and prints',
      '(async () => {\n  const { count } = await k8s.pods();\n  console.log(count);\n})();',
      '(async () => {\n  const { count } = await k8s.pods();\n  return count;\n})();',
      ['line 3: returned what was only printed'],
    ],
    [
      'printing inside try',
      'try {\n  const { count } = await k8s.pods();\n  console.log(count);\n} catch (error) {\n  console.error(error);\n}',
      'try {\n  const { count } = await k8s.pods();\n  return count;\n} catch (error) {\n  console.error(error);\n}',
      ['line 3: returned what was only printed'],
    ],
    [
      'everything at once',
      "import { k8s } from 'k8s';\nasync function main() {\n  const pods = k8s.pods({ namespace: 'shop' });\n  const bad = pods.items.filter(p => p.problem);\n  console.log(JSON.stringify(bad));\n}\nmain().then(() => process.exit(0));",
      "\nasync function main() {\n  const pods = await k8s.pods({ namespace: 'shop' });\n  const bad = pods.items.filter(p => p.problem);\n  return bad;\n}\nreturn await main();",
      [
        "line 1: dropped import { k8s } from 'k8s';",
        'line 7: replaced process.exit',
        'line 3: added await before k8s.pods',
        'line 5: returned what was only printed',
        'line 7: returned what main() returns',
      ],
    ],
  ])('%s', async (_, written, runs, repairs) => {
    const repaired = await repair(written);
    expect(repaired.check.message).toBe('');
    expect(repaired.script).toBe(runs);
    expect(repaired.repairs).toEqual(repairs);
  });
});

describe('scripts that are left alone', () => {
  it.each([
    ['a right one', 'const { items } = await k8s.pods();\nreturn items.length;'],
    ['promises that are wanted', 'return Promise.all([k8s.pods(), k8s.events()]);'],
    [
      'promises made first and awaited later',
      'const a = k8s.pods();\nconst b = k8s.events();\nreturn [(await a).count, (await b).count];',
    ],
    [
      'calls in a map',
      'const { items } = await k8s.pods();\nreturn Promise.all(items.map(p => k8s.logs({ pod: p.name })));',
    ],
    ['printing and returning', "const n = 1;\nconsole.log('n', n);\nreturn n;"],
    [
      'printing in a branch',
      'const n: number = 1;\nif (n > 1) {\n  console.log(n);\n}\nelse { await sleep(1) }',
    ],
    ['printing in a loop', 'const list: number[] = [1, 2];\nfor (const n of list)\n  console.log(n);'],
    ['printing in a callback', '[1, 2].forEach(n => console.log(n));'],
    ['a string that looks like a slip', 'return "import x from y; process.exit(1); console.log(2)";'],
    ['words in a template', 'const text = `Here is it:\nimport a from b\nprocess.exit(0)\n`;\nreturn text;'],
  ])('%s', async (_, script) => {
    const repaired = await repair(script);
    expect(repaired).toMatchObject({ script, repairs: [], check: { ok: true } });
  });

  it.each([
    ['positional parameters', "return k8s.pods('shop');", 'no properties in common'],
    ['an unknown capability', 'const pods = k8s.listPods();\nreturn pods.items;', 'k8s.pods'],
    [
      'an await where none may stand',
      'const { items } = await k8s.pods();\nreturn items.map(p => k8s.logs({ pod: p.name }).lines);',
      'Await the call first',
    ],
    ['a module that is needed', "import fs from 'fs';\nreturn fs.readFileSync('x');", 'cannot import'],
    ['words only', 'The pods are all running and nothing is wrong.', ''],
  ])('what cannot be mended is told as it was written: %s', async (_, script, told) => {
    const repaired = await repair(script);
    expect(repaired).toMatchObject({ script, repairs: [], check: { ok: false } });
    expect(repaired.check.message).toContain(told);
  });
});
