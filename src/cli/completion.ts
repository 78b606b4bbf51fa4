import type { Command } from 'commander';

/** An option as a shell completes it: all its spellings, and what may follow it. */
interface Flag {
  spellings: string[];
  description: string;
  takesValue: boolean;
  /** What its value may be; none where anything may. */
  choices: readonly string[];
  isFile: boolean;
}

interface Entry {
  path: string[];
  words: Array<{ word: string; description: string }>;
  flags: Flag[];
}

/** A completion script generated from the command line's own definition. */
export function completionScript(
  program: Command,
  shell: 'bash' | 'zsh' | 'fish',
  /** Words that an argument may be, by the command that takes it. */
  words: Readonly<Record<string, readonly string[]>> = {},
): string {
  const entries = walk(program, [], words);
  if (shell === 'fish') return fish(entries);
  const body = bash(entries);
  return shell === 'zsh' ? `#compdef kv\nautoload -U +X bashcompinit && bashcompinit\n${body}` : body;
}

function walk(command: Command, path: string[], words: Readonly<Record<string, readonly string[]>>): Entry[] {
  const flags = command.options.map(option => ({
    spellings: [option.long, option.short].filter((word): word is string => Boolean(word)),
    description: option.description,
    takesValue: option.required || option.optional,
    choices: option.argChoices ?? [],
    isFile: /<(?:path|file|dir)>/u.test(option.flags),
  }));
  const help = {
    spellings: ['--help', '-h'],
    description: 'help',
    takesValue: false,
    choices: [],
    isFile: false,
  };
  const known = command.registeredArguments.flatMap(argument =>
    [...(argument.argChoices ?? []), ...(words[path.join(' ')] ?? [])].map(word => ({
      word,
      description: argument.description,
    })),
  );
  const commands = command.commands.map(child => ({ word: child.name(), description: child.description() }));
  return [
    { path, words: [...commands, ...known], flags: [...flags, help] },
    ...command.commands.flatMap(child => walk(child, [...path, child.name()], words)),
  ];
}

function bash(entries: Entry[]): string {
  const cases = entries.map(({ path, words, flags }) => {
    const all = [...words.map(item => item.word), ...flags.flatMap(flag => flag.spellings)].join(' ');
    return `    "${path.join(' ')}") words="${all}" ;;`;
  });
  const paths = entries.filter(entry => entry.path.length > 0).map(entry => `"${entry.path.join(' ')}"`);
  const valued = new Set(
    entries.flatMap(entry => entry.flags.filter(flag => flag.takesValue).flatMap(flag => flag.spellings)),
  );
  const values = entries.flatMap(({ path, flags }) => {
    const key = (flag: Flag) => flag.spellings.map(word => `"${path.join(' ')}:${word}"`).join('|');
    return flags
      .filter(flag => flag.takesValue)
      .map(flag =>
        flag.isFile
          ? `    ${key(flag)}) compopt -o filenames 2>/dev/null; COMPREPLY=($(compgen -f -- "$cur")); return ;;`
          : `    ${key(flag)}) words="${flag.choices.join(' ')}" ;;`,
      );
  });
  return `_kv() {
  local cur="\${COMP_WORDS[COMP_CWORD]}" prev="\${COMP_WORDS[COMP_CWORD-1]}" path="" word words="" skip=""
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    if [ -n "$skip" ]; then skip=""; continue; fi
    case "$word" in ${[...valued].join('|')}) skip=1; continue ;; esac
    case "\${path:+$path }$word" in ${paths.join('|')}) path="\${path:+$path }$word" ;; esac
  done
  case "$path" in
${cases.join('\n')}
  esac
  case "$path:$prev" in
    *:--context) words="$(kubectl config get-contexts -o name 2>/dev/null)" ;;
${values.join('\n')}
  esac
  COMPREPLY=($(compgen -W "$words" -- "$cur"))
}
complete -F _kv kv
`;
}

function fish(entries: Entry[]): string {
  const lines = entries.flatMap(({ path, words, flags }) => {
    const condition = quoted(conditionOf(path, entries));
    const own = words.map(
      ({ word, description }) =>
        `complete -c kv -f -n ${condition} -a ${quoted(word)} -d ${quoted(description)}`,
    );
    return [...own, ...flags.map(flag => `complete -c kv -n ${condition} ${fishFlag(flag)}`)];
  });
  return `${lines.join('\n')}\n`;
}

/** True on the command line of exactly this command. */
function conditionOf(path: readonly string[], entries: readonly Entry[]): string {
  const below = entries
    .filter(entry => entry.path.length === path.length + 1 && entry.path.join(' ').startsWith(path.join(' ')))
    .map(entry => entry.path.at(-1));
  const seen = path.map(word => `__fish_seen_subcommand_from ${word}`);
  const notBelow = below.length > 0 ? [`not __fish_seen_subcommand_from ${below.join(' ')}`] : [];
  return [...seen, ...notBelow].join('; and ') || '__fish_use_subcommand';
}

function fishFlag({ spellings, description, takesValue, choices, isFile }: Flag): string {
  const names = spellings.map(word =>
    word.startsWith('--') ? `-l ${word.slice(2)}` : `-s ${word.slice(1)}`,
  );
  const value = choices.length > 0 ? [`-x -a ${quoted(choices.join(' '))}`] : isFile ? ['-r'] : ['-x'];
  return [...names, ...(takesValue ? value : []), `-d ${quoted(description)}`].join(' ');
}

function quoted(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
}
