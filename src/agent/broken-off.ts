import type { ModelEvent } from '../llm/port.ts';

/**
 * Passes a model's answer on. Where it breaks off after its first words (cancelled, or the connection is lost),
 * `onBreak` is called once before the failure goes on: providers bill what was said until then.
 */
export async function* noticingBreak(
  events: AsyncIterable<ModelEvent>,
  onBreak: () => Promise<void>,
): AsyncGenerator<ModelEvent> {
  let isOpen = false;
  try {
    for await (const event of events) {
      if (event.type === 'text' || event.type === 'tool-call') isOpen = true;
      if (event.type === 'finish') isOpen = false;
      yield event;
    }
  } catch (error) {
    if (isOpen) await onBreak();
    throw error;
  }
}
