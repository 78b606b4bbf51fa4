import type { InvestigationMode } from '../mode.ts';

/** Auto mode: each question takes the road that is expected to cost less. */
export function createAutoMode(modes: {
  code: InvestigationMode;
  tools: InvestigationMode;
}): InvestigationMode {
  let chosen = modes.code;
  return {
    get name() {
      return chosen.name;
    },
    begin: (question, emit) => {
      chosen = modes.code;
      emit({ type: 'mode-chosen', mode: chosen.name, reason: 'scripts are the default' });
      return chosen.begin(question, emit);
    },
    get system() {
      return chosen.system;
    },
    get declarations() {
      return chosen.declarations;
    },
    get tools() {
      return chosen.tools;
    },
    reader: () => chosen.reader(),
    respond: (answer, io) => chosen.respond(answer, io),
  };
}
