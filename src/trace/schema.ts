/**
 * The format of kv's own trace files: one SQLite database, `meta.format` = `kv-trace`, `meta.version` = the number
 * below. Times are integers in nanoseconds since the trace began (nanoseconds since boot do not fit a double for
 * long), durations nanoseconds, sizes bytes. Texts are interned in `strings`, functions in `functions`, threads in
 * `threads` (of calls and of stretches off CPU: two numbers a row are a seventh of it), CUDA's stream handles in
 * `streams`.
 *
 * `meta` also holds `started_at` (Unix nanoseconds, as text), and where known `host`, `kernel`, `cpu_model`,
 * `cpu_cores`, `min_duration` (shorter calls are in `aggregates` only, but for first, failed, sampled and memory
 * calls), `host_recorded` and `stacks_recorded` (`1` or `0`), `helper_pid`, `ended` (relative; absent: the recording
 * was cut off or is still going on), `end_reason`, `kept_from` (rows from before then were given up to keep the file
 * within its size; aggregates, totals and durations are of the whole recording all the same) and `note_1`, … (what
 * went wrong, in sentences). While a file is being written, others see whole batches of half a second.
 *
 * `functions.layer` is `runtime`, `driver`, `nccl` or `host`; `functions.kind` is `alloc`, `free`, `launch`, `copy`,
 * `sync`, `graph`, `module`, `stream`, `context`, `collective`, `io`, `net`, `host` or `other`.
 *
 * - `calls`: one row a finished call, in the order of their ends, but that a call around others comes before them.
 *   `parent` is the id of the enclosing call of the same thread, whose own row is missing where it was too short to
 *   be kept, was lost or given up; so is that of `pair`. `bytes` is the size of an allocation, a copy or a transfer,
 *   and of a free what the freed pointer had been allocated with; `pair` is, of a free, the id of that allocation.
 *   `direction` is CUDA's: 0 host to host, 1 host to device, 2 device to host, 3 device to device, 4 left to CUDA.
 *   `stream` is an id in `streams`; 0 the default one, null that the function is about none. `ret` 0 is success.
 *   `flags`: 1 the process's first call of the function, 2 an error, 4 sampled. `kernel` is the name of what was
 *   launched, `comm` numbers communicators of collectives, `peer` is a root or peer rank.
 * - `switches`: one row for each time a thread was off its CPU, from `start` for `dur`. `state` is the letter the
 *   kernel left it in (`R` still runnable, `S` sleep, `D` uninterruptible, …), `runnable` how many of the
 *   nanoseconds it was ready to run and waited for a CPU (null: nobody saw it woken), `next_pid` who got the CPU
 *   when it left, `last_pid` who had the CPU that it came back to, `waker_pid` who woke it, `syscall` the x86-64
 *   number of the system call that it blocked in (null: none, so a page fault if `state` is `D`), `io` 1 when the
 *   kernel counted it as waiting for I/O.
 * - `events`: what the kernel did: `kind` is `page-fault`, `block-io`, `oom-kill`, `tcp-retransmit`, `tcp-drop` or
 *   `signal`. `size`: block I/O bytes, of an OOM kill the victim's memory. `code`: 1 a write, or the signal's
 *   number, or the kernel's drop reason. `other_pid`: who caused it. `text`: the disk, or the other end of a
 *   connection.
 * - `aggregates`: sums over everything seen, stored as rows or not, one row for each second in which there was
 *   something, process, function, direction and nesting. Of the layer `host`, `sched_switch` counts stretches off
 *   CPU and `page_fault` faults, those that waited apart as `page_fault_wait`. `count - stored` were not kept as
 *   rows. `max` is exact where it is the longest so far, else what the highest bucket allows. `buckets` is JSON,
 *   `[[bucket, count], …]`: below 4 ns a bucket a nanosecond, then four equal ones an octave (record/types.ts,
 *   bucketRange).
 * - `totals` and `durations`: the rows of `calls` summed by process, function and nesting, so that a file of any
 *   size answers at once: `first_start` and `first_dur` are of the process's first call, `buckets` is JSON,
 *   `[[bucket, count], …]`, with 512 equal buckets an octave (store/fine-buckets.ts). Written now and then and at
 *   the end.
 * - `stacks`: `frames` is JSON, ids in `frames` from the innermost out, Python's in the place of the interpreter's;
 *   `cut` 1: there were more. `frames.kind` is `native`, `python` or `js`; `name` null: not resolved, `module` and
 *   `offset` say where it is. `module` null: the address belongs to no file.
 * - `processes`: those recorded, and by name those that others mention. `started` and `ended` where the recording
 *   saw it. `command` has its secrets taken out.
 * - `samples`: readings over time, by name (`cpu_pct`, `gpu_util_pct`, `gpu_memory_bytes`, `gpu_sm_mhz`, …); `gpu`
 *   is an id in `gpus` or null. `gpu_throttle` is a bit set as NVML gives it.
 * - `drops`: what was lost between kernel and file, by place (`calls`, `host`, `aggregates`, `state`, `stacks`,
 *   `queue`, `store`) and CPU: totals, one row each.
 */
export const TRACE_FORMAT = 'kv-trace';
export const TRACE_VERSION = 2;

export const TRACE_SCHEMA = `
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE strings (id INTEGER PRIMARY KEY, text TEXT NOT NULL UNIQUE);
CREATE TABLE functions (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE,
  layer TEXT NOT NULL,
  kind TEXT NOT NULL
);
CREATE TABLE threads (id INTEGER PRIMARY KEY, pid INTEGER NOT NULL, tid INTEGER NOT NULL);
CREATE TABLE streams (id INTEGER PRIMARY KEY, pid INTEGER NOT NULL, handle INTEGER NOT NULL);
CREATE TABLE calls (
  id INTEGER PRIMARY KEY,
  start INTEGER NOT NULL,
  dur INTEGER NOT NULL,
  thread INTEGER NOT NULL REFERENCES threads(id),
  fn INTEGER NOT NULL REFERENCES functions(id),
  parent INTEGER,
  bytes INTEGER,
  direction INTEGER,
  stream INTEGER,
  device INTEGER,
  ret INTEGER NOT NULL DEFAULT 0,
  flags INTEGER NOT NULL DEFAULT 0,
  stack INTEGER REFERENCES stacks(id),
  kernel INTEGER REFERENCES strings(id),
  pair INTEGER,
  comm INTEGER,
  peer INTEGER
);
CREATE TABLE switches (
  start INTEGER NOT NULL,
  dur INTEGER NOT NULL,
  thread INTEGER NOT NULL REFERENCES threads(id),
  state TEXT,
  runnable INTEGER,
  next_pid INTEGER,
  last_pid INTEGER,
  waker_pid INTEGER,
  syscall INTEGER,
  io INTEGER
);
CREATE TABLE events (
  at INTEGER NOT NULL,
  dur INTEGER NOT NULL DEFAULT 0,
  pid INTEGER NOT NULL,
  tid INTEGER NOT NULL,
  kind TEXT NOT NULL,
  size INTEGER,
  address INTEGER,
  code INTEGER,
  other_pid INTEGER,
  text INTEGER REFERENCES strings(id)
);
CREATE TABLE aggregates (
  start INTEGER NOT NULL,
  pid INTEGER NOT NULL,
  fn INTEGER NOT NULL REFERENCES functions(id),
  direction INTEGER,
  nested INTEGER NOT NULL DEFAULT 0,
  count INTEGER NOT NULL,
  stored INTEGER NOT NULL,
  total INTEGER NOT NULL,
  max INTEGER NOT NULL,
  bytes INTEGER NOT NULL DEFAULT 0,
  errors INTEGER NOT NULL DEFAULT 0,
  buckets TEXT
);
CREATE TABLE totals (
  pid INTEGER NOT NULL,
  fn INTEGER NOT NULL REFERENCES functions(id),
  nested INTEGER NOT NULL,
  count INTEGER NOT NULL,
  total INTEGER NOT NULL,
  max INTEGER NOT NULL,
  max_at INTEGER NOT NULL,
  bytes INTEGER,
  failed INTEGER NOT NULL,
  first_start INTEGER NOT NULL,
  first_dur INTEGER NOT NULL,
  PRIMARY KEY (pid, fn, nested)
) WITHOUT ROWID;
CREATE TABLE durations (
  pid INTEGER NOT NULL,
  fn INTEGER NOT NULL REFERENCES functions(id),
  nested INTEGER NOT NULL,
  buckets TEXT NOT NULL,
  PRIMARY KEY (pid, fn, nested)
) WITHOUT ROWID;
CREATE TABLE frames (
  id INTEGER PRIMARY KEY,
  kind TEXT NOT NULL,
  name INTEGER REFERENCES strings(id),
  module INTEGER REFERENCES strings(id),
  offset INTEGER,
  line INTEGER
);
CREATE TABLE stacks (id INTEGER PRIMARY KEY, pid INTEGER NOT NULL, frames TEXT NOT NULL, cut INTEGER NOT NULL DEFAULT 0);
CREATE TABLE processes (
  pid INTEGER PRIMARY KEY,
  name INTEGER NOT NULL REFERENCES strings(id),
  command INTEGER REFERENCES strings(id),
  parent INTEGER,
  cgroup INTEGER REFERENCES strings(id),
  namespace INTEGER REFERENCES strings(id),
  pod INTEGER REFERENCES strings(id),
  container INTEGER REFERENCES strings(id),
  started INTEGER,
  ended INTEGER,
  exit_code INTEGER
);
CREATE TABLE libraries (
  path INTEGER NOT NULL REFERENCES strings(id),
  kind TEXT NOT NULL,
  status TEXT NOT NULL,
  probes INTEGER NOT NULL,
  build_id TEXT,
  message TEXT
);
CREATE TABLE gpus (id INTEGER PRIMARY KEY, uuid TEXT, name TEXT NOT NULL, driver TEXT, memory INTEGER);
CREATE TABLE samples (at INTEGER NOT NULL, name TEXT NOT NULL, value REAL NOT NULL, gpu INTEGER REFERENCES gpus(id));
CREATE TABLE drops (at INTEGER NOT NULL, place TEXT NOT NULL, cpu INTEGER, count INTEGER NOT NULL);
`;
