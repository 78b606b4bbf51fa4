/** Why an application says it failed, read from one line of its log. */
export interface LogCause {
  kind: CauseKind;
  line: string;
  /** The variable, path, host, address, user, resource that the line names; '' where it names none. */
  subject: string;
  port?: number;
}

export type CauseKind =
  | 'missing-env'
  | 'missing-config-key'
  | 'missing-file'
  | 'is-directory'
  | 'permission'
  | 'dns'
  | 'connection-refused'
  | 'connection-timeout'
  | 'rbac'
  | 'auth'
  | 'disk-full'
  | 'port-in-use'
  | 'tls'
  | 'command-missing'
  | 'out-of-memory'
  | 'bad-config'
  | 'bad-flag'
  | 'missing-module';

interface Rule {
  kind: CauseKind;
  pattern: RegExp;
  /** Which groups hold the subject and the port. */
  subject?: number;
  port?: number;
}

const VARIABLE = `["'\`$({\\[]*([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+|[A-Z][A-Z0-9_]{3,})["'\`)}\\]]*`;
/** Begins where a word does, and is neither a date nor a time of day. */
const HOST = `["'\`\\[]?(?<![\\w.-])(?!\\d{4}-\\d\\d-\\d\\d|\\d{1,2}:)([A-Za-z0-9][A-Za-z0-9._-]*|[0-9a-f:]+)["'\`\\]]?`;

/** First match wins, so the specific stand before the general. */
const RULES: Rule[] = [
  {
    kind: 'rbac',
    pattern: /(?:is forbidden: )?User "(system:serviceaccount:[^"]+)" cannot \w+ resource/,
    subject: 1,
  },
  {
    kind: 'dns',
    pattern: new RegExp(
      `lookup ${HOST}(?: on [^:]+:\\d+| on \\[[^\\]]+\\]:\\d+)?: (?:no such host|server misbehaving|(?:read udp [^:]+:\\d+->[^:]+:\\d+: )?i/o timeout|read udp .*refused)`,
      'i',
    ),
    subject: 1,
  },
  { kind: 'dns', pattern: new RegExp(`(?:ENOTFOUND|EAI_AGAIN) ${HOST}`), subject: 1 },
  { kind: 'dns', pattern: new RegExp(`UnknownHostException:? ${HOST}`), subject: 1 },
  { kind: 'dns', pattern: new RegExp(`could not translate host name ${HOST}`), subject: 1 },
  {
    kind: 'dns',
    pattern: new RegExp(
      `(?:bad address|can't resolve|cannot resolve|could not resolve(?: host)?|couldn't resolve host|unable to resolve(?: host)?|failed to resolve(?: host)?|unknown host|host not found in upstream|unresolvable host)[: ]+(?:name |host |address |hostname )?${HOST}`,
      'i',
    ),
    subject: 1,
  },
  {
    kind: 'dns',
    pattern: new RegExp(
      `${HOST}:? (?:Name or service not known|Name does not resolve|No address associated|nodename nor servname|Temporary failure in name resolution|NXDOMAIN)`,
      'i',
    ),
    subject: 1,
  },
  {
    kind: 'dns',
    pattern:
      /Name or service not known|Name does not resolve|Temporary failure in name resolution|NXDOMAIN|no such host/i,
  },
  { kind: 'missing-env', pattern: new RegExp(`environment variables?:? ${VARIABLE}`, 'i'), subject: 1 },
  {
    kind: 'missing-env',
    pattern: new RegExp(
      `(?:missing|required|undefined|unset|expected|need|no)\\b[^A-Z]{0,40}(?:env(?:ironment)?(?: var(?:iable)?s?)?|variable|setting|var)\\b[^A-Z]{0,20}${VARIABLE}`,
    ),
    subject: 1,
  },
  {
    kind: 'missing-env',
    pattern: new RegExp(
      `${VARIABLE}:?(?: environment variable| env(?: var)?| variable)? (?:is |was )?(?:not set|unset|must be set|must be provided|must be defined|is required|required|is missing|missing|not defined|undefined|not found in (?:the )?env|not provided|is empty|cannot be empty|has no value)`,
    ),
    subject: 1,
  },
  {
    kind: 'missing-env',
    pattern: /([A-Za-z_][A-Za-z0-9_]*): (?:unbound variable|parameter not set|parameter null or not set)/,
    subject: 1,
  },
  { kind: 'missing-env', pattern: /KeyError: ['"]([A-Z][A-Z0-9_]*)['"]/, subject: 1 },
  {
    kind: 'missing-env',
    pattern: new RegExp(
      `(?:missing|please set|must set|set the|need to set|you need to specify)[^A-Z]{0,24}${VARIABLE}`,
    ),
    subject: 1,
  },
  { kind: 'missing-config-key', pattern: /Could not resolve placeholder '([^']+)'/, subject: 1 },
  { kind: 'disk-full', pattern: /no space left on device|ENOSPC|disk (?:is )?full|Disk quota exceeded/i },
  {
    kind: 'out-of-memory',
    pattern:
      /java\.lang\.OutOfMemoryError|JavaScript heap out of memory|MemoryError\b|Cannot allocate memory|std::bad_alloc|runtime: out of memory/,
  },
  {
    kind: 'missing-module',
    pattern:
      /(?:Cannot find module|ModuleNotFoundError: No module named|ImportError: No module named|ClassNotFoundException:?|NoClassDefFoundError:?) ?['"]?([\w./@-]+)/,
    subject: 1,
  },
  {
    kind: 'command-missing',
    pattern: /(?:^|[\s:])(?:line \d+: )?([\w./-]+): (?:command )?not found\s*$/,
    subject: 1,
  },
  {
    kind: 'is-directory',
    pattern: /["'`]?(\/[\w./+@-]+)["'`]?:? (?:read error: )?is a directory/i,
    subject: 1,
  },
  { kind: 'is-directory', pattern: /\bis a directory\b|EISDIR|IsADirectoryError/i },
  {
    kind: 'missing-file',
    pattern:
      /(?:can't|cannot) create ["'`]?(\/[\w./+@-]+)["'`]?: (?:nonexistent directory|directory nonexistent|no such file)/i,
    subject: 1,
  },
  {
    kind: 'missing-file',
    pattern:
      /(?:open|stat|read|lstat|fopen|open\(\)|load|opening|reading|loading|access|scandir) ["'`]?(\/?[\w.+@-]*[/.][\w./+@-]*)["'`]?(?:: | failed).{0,30}no such file or directory/i,
    subject: 1,
  },
  { kind: 'missing-file', pattern: /ENOENT: no such file or directory,? \w+ ['"]([^'"]+)['"]/, subject: 1 },
  { kind: 'missing-file', pattern: /No such file or directory: ['"]([^'"]+)['"]/, subject: 1 },
  {
    kind: 'missing-file',
    pattern:
      /(?:can't|cannot|could not|couldn't|unable to|failed to) (?:open|read|find|load|access|stat|cat)\b[^/]{0,40}["'`]?(\/[\w./+@-]+)["'`]?(?!.*permission)/i,
    subject: 1,
  },
  {
    kind: 'missing-file',
    pattern:
      /["'`]?(\/[\w./+@-]+)["'`]?:? (?:No such file or directory|does not exist|not found|is missing|missing)/i,
    subject: 1,
  },
  {
    kind: 'missing-file',
    pattern:
      /(?:FileNotFoundException|NoSuchFileException|file not found|missing file|missing config(?:uration)?(?: file)?)[: ]+["'`]?(\/[\w./+@-]+)/i,
    subject: 1,
  },
  { kind: 'missing-file', pattern: /no such file or directory|FileNotFound/i },
  {
    kind: 'permission',
    pattern:
      /["'`]?(\/[\w./+@-]+)["'`]?[^/]{0,24}(?:permission denied|read-only file system|operation not permitted)/i,
    subject: 1,
  },
  { kind: 'permission', pattern: /(?:EACCES|EROFS|EPERM|PermissionError)[^/]*(\/[\w./+@-]+)/, subject: 1 },
  { kind: 'permission', pattern: /permission denied.{0,60}?["'`]?(\/[\w./+@-]+)/i, subject: 1 },
  {
    kind: 'port-in-use',
    pattern:
      /(?:[:\s](\d{2,5})\b[^\d]{0,20})?(?:address (?:is )?already in use|EADDRINUSE|port (?:\d+ )?is already (?:allocated|in use)|bind\(\) to \S+ failed)/i,
    subject: 1,
  },
  {
    kind: 'connection-refused',
    pattern: new RegExp(`dial tcp[46]? (?:${HOST}:)(\\d+): (?:connect: )?connection refused`, 'i'),
    subject: 1,
    port: 2,
  },
  {
    kind: 'connection-refused',
    pattern: /server at "([\w.-]+)" \([^)]*\),? port (\d+).*refused/i,
    subject: 1,
    port: 2,
  },
  {
    kind: 'connection-timeout',
    pattern: /server at "([\w.-]+)" \([^)]*\),? port (\d+).*(?:timed? ?out|timeout)/i,
    subject: 1,
    port: 2,
  },
  { kind: 'connection-refused', pattern: new RegExp(`ECONNREFUSED ${HOST}:(\\d+)`), subject: 1, port: 2 },
  {
    kind: 'connection-refused',
    pattern: new RegExp(
      `(?:(?<![\\w-])(?:to|at|server|host|with|for|connect|address)|://(?:[^@/ ]*@)?)[ :="']*${HOST}(?::|,? port |[ (]+port[= ])(\\d+)[^]*?(?:connection )?refused`,
      'i',
    ),
    subject: 1,
    port: 2,
  },
  {
    kind: 'connection-refused',
    pattern: new RegExp(`refused.*?(?:to|at|by|from|://)[ :="']*${HOST}:(\\d+)`, 'i'),
    subject: 1,
    port: 2,
  },
  {
    kind: 'connection-refused',
    pattern: new RegExp(`${HOST}:(\\d+)[^]*?connection refused`, 'i'),
    subject: 1,
    port: 2,
  },
  {
    kind: 'connection-refused',
    pattern: /(?:remote host|server at "[^"]+") \(([\d.a-f:]+)\)(?:, port (\d+))?.*refused/i,
    subject: 1,
    port: 2,
  },
  { kind: 'connection-refused', pattern: /connection refused|ECONNREFUSED|actively refused/i },
  {
    kind: 'connection-timeout',
    pattern: new RegExp(`dial tcp[46]? ${HOST}:(\\d+): (?:connect: |i/o )(?:connection )?timed? ?out`, 'i'),
    subject: 1,
    port: 2,
  },
  {
    kind: 'connection-timeout',
    pattern: new RegExp(`(?:ETIMEDOUT|EHOSTUNREACH|ENETUNREACH) ${HOST}:(\\d+)`),
    subject: 1,
    port: 2,
  },
  {
    kind: 'connection-timeout',
    pattern: new RegExp(
      `(?:(?<![\\w-])(?:to|at|server|host|with|for|connect(?:ing to)?)|://(?:[^@/ ]*@)?)[ :="']*${HOST}(?::|,? port )(\\d+)[^]*?(?:timed? ?out|no route to host|unreachable|deadline exceeded)`,
      'i',
    ),
    subject: 1,
    port: 2,
  },
  {
    kind: 'connection-timeout',
    pattern: new RegExp(
      `(?:timed? ?out|no route to host|unreachable).*?(?:to|at|://)[ :="']*${HOST}:(\\d+)`,
      'i',
    ),
    subject: 1,
    port: 2,
  },
  {
    kind: 'connection-timeout',
    pattern:
      /connection timed out|download timed out|connect timeout|operation timed out|ETIMEDOUT|no route to host/i,
  },
  {
    kind: 'tls',
    pattern:
      /x509: .*|certificate (?:has expired|verify failed|is not valid|signed by unknown authority)|SSL: CERTIFICATE|unable to get local issuer/i,
  },
  {
    kind: 'auth',
    pattern:
      /(?:password )?authentication failed(?: for user)?|Access denied for user|invalid (?:username|password|credentials|api key|token)|WRONGPASS|NOAUTH|401 Unauthorized|login failed/i,
  },
  {
    kind: 'bad-flag',
    pattern:
      /(?:flag provided but not defined|(?:unknown|unrecogni[sz]ed|unexpected|invalid|illegal|unsupported|bad|no such) (?:long |short |command[- ]line )?(?:flag|option|argument|parameter|switch|command)s?)[: ]*(?:-- )?["'`]?(-{0,2}\w[\w-]*)?/i,
    subject: 1,
  },
  {
    kind: 'bad-config',
    pattern:
      /(?:yaml|json|toml|xml): (?:line|unmarshal|cannot|invalid|unexpected)|(?:parse|parsing|syntax|unmarshal|decode|decoding)[^.]{0,40}(?:error|fail|invalid)|(?:error|failed|fail|invalid|unable|cannot)[^.]{0,40}\b(?:parse|parsing|config(?:uration)?|syntax|unmarshal|settings?)\b|unexpected (?:token|end of|character)|invalid (?:value|character|port|url|config)/i,
  },
];

/** What the line blames, or undefined when it names nothing that is known. */
export function causeOf(line: string): LogCause | undefined {
  // Structured logs quote messages that hold quotes themselves.
  const text = line.replaceAll('\\"', '"');
  for (const rule of RULES) {
    const match = rule.pattern.exec(text);
    if (!match) continue;
    const subject = rule.subject ? (match[rule.subject] ?? '') : '';
    const port = rule.port ? Number(match[rule.port]) : Number.NaN;
    return { kind: rule.kind, line, subject, ...(Number.isInteger(port) ? { port } : {}) };
  }
  return undefined;
}
