/**
 * A process of its own that appends events to a session until it is killed, or `count` of them.
 * Arguments: path, session id, first seq, count, step. Prints every seq that was stored.
 */
import { writeSync } from 'node:fs';
import { openSessionStore } from '../../src/sessions/index.ts';

const [path, id, first, count, step] = process.argv.slice(2);
const { store, warning } = await openSessionStore(path);
if (warning) throw new Error(warning);
const filler = 'x'.repeat(2000);
for (let n = 0, seq = Number(first); n < Number(count); n++, seq += Number(step)) {
  store.append(id!, { v: 1, seq, at: Date.now(), type: 'console', ...{ text: filler } });
  writeSync(1, `${seq}\n`);
}
store.close();
