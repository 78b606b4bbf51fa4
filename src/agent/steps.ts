/**
 * Numbers the rounds of one script's calls: a call is one step after the call whose answer made the script go on
 * to make it. Calls of one step depend on none of each other, so a model could have asked for them together.
 */
export function stepsOf(): (call: { id: number; after: number }) => number {
  const steps = new Map<number, number>();
  return ({ id, after }) => {
    const step = (steps.get(after) ?? 0) + 1;
    steps.set(id, step);
    return step;
  };
}
