/** The names of kv's own processes: its helper, and itself. */
const OWN = /^kv(?:-tracer)?$/;

/** Whether a process is the recorder: what it costs belongs to the recording, and to no program in it. */
export function isRecorder(name: string | undefined): boolean {
  return name !== undefined && OWN.test(name);
}
