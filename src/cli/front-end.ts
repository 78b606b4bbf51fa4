import type { AgentEvent, FinishStatus } from '../agent/events.ts';
import { messageOf } from '../shared/errors.ts';
import { EXIT_CODES } from './exit-codes.ts';
import type { OpenRequest } from './open-session.ts';
import { Exit } from './program.ts';

export interface FrontEndRequest extends OpenRequest {
  question: string | undefined;
  /** Keep the prompt open after the first answer. */
  stay: boolean;
}

/** Opens a session, shows it in the terminal UI or headless, and ends with its exit code. */
export async function runFrontEnd(request: FrontEndRequest): Promise<never> {
  const status = await (request.interactive ? runUi(request) : runHeadless(request));
  throw new Exit(EXIT_CODES[status]);
}

async function runUi(request: FrontEndRequest): Promise<FinishStatus> {
  const { showUi } = await import('./ui.ts');
  return showUi(request);
}

async function runHeadless(request: FrontEndRequest): Promise<FinishStatus> {
  const { openSession } = await import('./open-session.ts');
  const { createWriter } = await import('../headless/index.ts');
  const { controller, store, spending, prices } = await openSession(request);
  const streams = {
    out: (text: string) => void process.stdout.write(text),
    err: (text: string) => void process.stderr.write(text),
  };
  const writer = createWriter(request.options.output ?? 'text', streams, { prices });
  const stop = () => (controller.busy ? controller.cancel() : process.exit(EXIT_CODES.cancelled));
  process.on('SIGINT', stop).on('SIGTERM', stop);
  let status: FinishStatus = 'failed';
  const shown = (async () => {
    for await (const event of controller.events as AsyncIterable<AgentEvent>) {
      writer.event(event);
      if (event.type === 'finished') status = event.status;
    }
  })();
  try {
    await controller.ask(request.question!);
  } catch (error) {
    process.stderr.write(`kv: ${messageOf(error)}\n`);
  }
  await controller.close();
  await shown;
  writer.end();
  for (const text of await spending.settle()) process.stderr.write(`warning: ${text}\n`);
  store.close();
  return status;
}
