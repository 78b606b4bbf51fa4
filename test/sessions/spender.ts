/** A process of its own that spends `turns` times 10 tokens. Arguments: path, session id, turns, Unix milliseconds. */
import { openSessionStore } from '../../src/sessions/index.ts';
import { createSpending, PRICES } from '../../src/usage/index.ts';

const [path, session, turns, at] = process.argv.slice(2);
const { store, warning } = await openSessionStore(path);
if (warning) throw new Error(warning);
const spending = createSpending({
  budgets: { perDay: { tokens: 1_000 } },
  prices: PRICES,
  account: store.spend,
  now: () => Number(at),
});
const model = { provider: 'anthropic', id: 'claude-opus-5' };
const usage = { inputTokens: 10, outputTokens: 0, cacheReadTokens: 0, cacheWriteTokens: 0, estimated: false };
let made = 0;
while (made < Number(turns)) {
  made += 1;
  const words = spending.add({ session: session!, turn: made, at: Number(at), mode: 'code', model, usage });
  if (words.some(word => word.level === 'exceeded')) break;
}
process.stdout.write(String(made));
store.close();
