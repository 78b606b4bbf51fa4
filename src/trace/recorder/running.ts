import { messageOf } from '../../shared/errors.ts';
import type { LiveState, WriterThread } from '../store/index.ts';
import { CpuShare } from './cpu-share.ts';
import { GpuWatch } from './gpu-watch.ts';
import type { HeldCommand } from './held-command.ts';
import { helperFlags } from './helper-flags.ts';
import { type HelperEnd, type HelperProcess, startHelper } from './helper-process.ts';
import { LiveChains } from './live-chains.ts';
import { endingNote, isWaiting, nothingRecorded, toldByHelper } from './messages.ts';
import type { RecordingParts } from './parts.ts';
import { PlaceWatch } from './place-watch.ts';
import type { LiveTrace, Recording, RecordingOptions, RecordingSummary } from './recording.ts';
import { removeTrace } from './remove-trace.ts';
import { StreamHead } from './stream-head.ts';

/** What an entry and a return cost a call together, in seconds (`node test/ebpf/measure.ts FOLDER`). */
const PROBED_CALL_S = 1.8e-6;
const MS = 1e6;

interface Started {
  writer: WriterThread;
  command: HeldCommand | undefined;
  program: string | undefined;
  libraries: readonly string[];
}

/** The helper, the writer and the command of one recording, and what the screen is told of them. */
export class RunningRecording implements Recording {
  readonly done: Promise<RecordingSummary>;
  readonly command: Recording['command'];
  readonly #options: RecordingOptions;
  readonly #parts: RecordingParts;
  readonly #writer: WriterThread;
  readonly #held: HeldCommand | undefined;
  readonly #head: StreamHead;
  readonly #helper: HelperProcess;
  readonly #cpu: CpuShare;
  readonly #gpus: GpuWatch;
  readonly #places: PlaceWatch;
  readonly #startedAt: number;
  readonly #said: string[] = [];
  #chains: LiveChains | undefined;
  #isEnding = false;

  constructor(options: RecordingOptions, parts: RecordingParts, started: Started) {
    const { writer, command, program, libraries } = started;
    this.#options = options;
    this.#parts = parts;
    this.#writer = writer;
    this.#held = command;
    this.#startedAt = parts.now();
    this.#head = new StreamHead(command && { pid: command.pid, libraries: libraries.length });
    const targets = {
      pids: command ? [...options.pids, command.pid] : options.pids,
      // The program first: by the time that the libraries are done, it is.
      files: program === undefined ? libraries : [program, ...libraries],
    };
    this.#helper = startHelper(options.helper, helperFlags(options, targets), line => this.#hear(line));
    this.#cpu = new CpuShare(this.#helper.pid, parts.now);
    this.#gpus = new GpuWatch(writer, () => this.#atNs(), parts.gpuTool ?? {});
    this.#places = new PlaceWatch(writer, { listPods: parts.listPods });
    writer.onLive(state => this.#follow(state));
    this.command = command && { pid: command.pid, exited: command.exited };
    this.done = this.#record();
    // Whoever waits for it hears of its failure; nobody has to.
    this.done.catch(() => {});
    if (command) void this.#runCommand(command);
  }

  watch(listener: (now: LiveTrace) => void): () => void {
    this.#chains ??= this.#isEnding
      ? undefined
      : new LiveChains(this.#options.output, () => this.#elapsedMs());
    const tell = (state: LiveState) => listener(this.#live(state));
    this.#writer.live().then(tell, () => {});
    return this.#writer.onLive(tell);
  }

  stop(): Promise<RecordingSummary> {
    this.#isEnding = true;
    this.#helper.stop();
    return this.done;
  }

  async #runCommand(command: HeldCommand): Promise<void> {
    await this.#head.placed;
    if (this.#head.meta) command.release();
    else command.kill('SIGKILL');
    await command.exited;
    void this.stop();
  }

  async #record(): Promise<RecordingSummary> {
    let end: HelperEnd | undefined;
    let problem: string | undefined;
    try {
      for await (const chunk of this.#helper.output) {
        this.#head.push(chunk);
        await this.#writer.push(chunk);
      }
    } catch (error) {
      problem = messageOf(error);
    }
    this.#isEnding = true;
    this.#helper.stop();
    try {
      end = await this.#helper.ended;
    } catch (error) {
      problem ??= messageOf(error);
    }
    this.#head.settle();
    this.#chains?.stop();
    this.#gpus.stop();
    return this.#close(end, problem);
  }

  async #close(end: HelperEnd | undefined, problem: string | undefined): Promise<RecordingSummary> {
    if (!this.#head.meta) {
      await this.#writer.finish().catch(() => {});
      await removeTrace(this.#options.output);
      throw nothingRecorded(end, this.#said, problem);
    }
    const cut = problem ?? (end && endingNote(end));
    if (cut) this.#writer.addNote(cut);
    const summary = await this.#writer.finish(cut ? 'helper' : undefined);
    const notes = [
      cut,
      ...toldByHelper(this.#said),
      ...summary.notes,
      this.#gpus.problem,
      this.#places.problem,
    ];
    return {
      path: this.#options.output,
      durationMs: summary.endNs / MS,
      bytes: summary.bytes,
      calls: summary.calls,
      switches: summary.switches,
      seen: summary.seen,
      dropped: summary.dropped,
      exitCode: this.#held && !this.#held.isRunning ? await this.#held.exited : undefined,
      notes: [...new Set(notes.filter(note => note !== undefined))],
    };
  }

  #follow({ processes, dropped }: LiveState): void {
    this.#places.see(processes.map(({ pid }) => pid));
    // The disk is full: nothing more is kept, so the programs need not pay for it any longer.
    if (dropped.some(({ place, count }) => place === 'store' && count > 0)) void this.stop().catch(() => {});
  }

  #hear(line: string): void {
    if (isWaiting(line)) this.#head.looked();
    else if (line.trim() !== '') this.#said.push(line);
  }

  #live(state: LiveState): LiveTrace {
    const { functions, processes, callsPerSecond, rowsPerSecond, dropped, fileBytes } = state;
    const isBusy = functions.length > 0 || state.seen > 0;
    return {
      elapsedMs: this.#elapsedMs(),
      state: this.#isEnding ? 'ending' : isBusy ? 'recording' : 'waiting',
      functions,
      processes,
      gpus: this.#gpus.gpus,
      chains: this.#chains?.sentences ?? [],
      callsPerSecond,
      rowsPerSecond,
      dropped,
      fileBytes,
      overhead: this.#cpu.read(),
      probeShare: callsPerSecond * PROBED_CALL_S,
      notes: [...toldByHelper(this.#said), ...state.notes],
    };
  }

  #elapsedMs(): number {
    return this.#parts.now() - this.#startedAt;
  }

  #atNs(): number | undefined {
    const { meta } = this.#head;
    if (!meta) return undefined;
    return Math.max(0, Math.round((this.#parts.now() - Number(meta.startedAtUnixNs / 1000n) / 1000) * MS));
  }
}
