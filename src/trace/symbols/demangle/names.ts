import { expression, literal } from './expressions.ts';
import { list, type Mangled, named, type Type, textOf, Unreadable } from './mangled.ts';
import { OPERATORS } from './operators.ts';
import { parameters, templateParam, type } from './types.ts';

/** A name as far as it has been read. */
export interface Name {
  text: string;
  /** It ends with template arguments, so a function's type begins with what it returns. */
  isTemplate: boolean;
  /** A constructor, destructor or conversion, whose type states no return type. */
  returnsNothing: boolean;
}

const STANDARD: Readonly<Record<string, string>> = {
  a: 'std::allocator',
  b: 'std::basic_string',
  s: 'std::string',
  i: 'std::istream',
  o: 'std::ostream',
  d: 'std::iostream',
};

const SPECIAL: ReadonlyArray<readonly [mark: RegExp, words: string]> = [
  [/Th n?\d+_/, 'non-virtual thunk to '],
  [/Tv n?\d+_n?\d+_/, 'virtual thunk to '],
  [/GV/, 'guard variable for '],
  [/GTt/, 'transaction clone for '],
  [/TW/, 'TLS wrapper function for '],
  [/TH/, 'TLS init function for '],
].map(([mark, words]) => [new RegExp((mark as RegExp).source.replaceAll(' ', ''), 'y'), words as string]);

const OF_TYPE: Readonly<Record<string, string>> = {
  TV: 'vtable for ',
  TI: 'typeinfo for ',
  TS: 'typeinfo name for ',
  TT: 'VTT for ',
};

/** <encoding>, without the parameters of a function. `isInner`: it stands in another name, so its type is passed over. */
export function encoding(mangled: Mangled, isInner: boolean): string {
  for (const [mark, words] of SPECIAL) {
    if (mangled.match(mark) !== undefined) return words + encoding(mangled, isInner);
  }
  const ofType = OF_TYPE[mangled.text.slice(mangled.at, mangled.at + 2)];
  if (ofType) {
    mangled.at += 2;
    return ofType + textOf(type(mangled));
  }
  const own = mangled.templateArgs;
  const { text, isTemplate, returnsNothing } = name(mangled, true);
  if (isInner && !mangled.sees('E')) {
    if (isTemplate && !returnsNothing) type(mangled);
    parameters(mangled, () => mangled.sees('E'));
  }
  if (isInner) mangled.templateArgs = own;
  return text;
}

/** <name>. `isFunction`: its template arguments are what T_ means from here on. */
export function name(mangled: Mangled, isFunction: boolean): Name {
  return mangled.nested(() => {
    if (mangled.take('N')) return nestedName(mangled, isFunction);
    if (mangled.take('Z')) return localName(mangled, isFunction);
    const plain = mangled.sees('S') && !mangled.sees('St');
    const prefix = mangled.take('St') ? 'std::' : '';
    const first = plain ? textOf(substitution(mangled)) : prefix + unqualified(mangled, '');
    if (!mangled.sees('I')) return { text: first, isTemplate: false, returnsNothing: isConversion(first) };
    if (!plain) mangled.remember(named(first));
    return {
      text: first + templateArgs(mangled, isFunction).text,
      isTemplate: true,
      returnsNothing: isConversion(first),
    };
  });
}

const isConversion = (text: string) =>
  /(?:^|:)operator [a-z(]/i.test(text) && !/operator (?:new|delete)/.test(text);

function nestedName(mangled: Mangled, isFunction: boolean): Name {
  mangled.match(/r?V?K?[RO]?/y);
  let text = '';
  let own = '';
  let isTemplate = false;
  let returnsNothing = false;
  while (!mangled.take('E')) {
    isTemplate = mangled.sees('I');
    if (isTemplate) {
      text += templateArgs(mangled, isFunction).text;
    } else if (mangled.sees('S') && !mangled.sees('St')) {
      text = textOf(substitution(mangled));
      own = lastPart(text);
      continue;
    } else if (text === '' && mangled.take('St')) {
      text = 'std';
      continue;
    } else if (text === '' && mangled.sees('T')) {
      text = textOf(templateParam(mangled));
      own = lastPart(text);
    } else if (text === '' && /D[tT]/y.test(mangled.text.slice(mangled.at, mangled.at + 2))) {
      text = textOf(type(mangled));
      continue;
    } else {
      returnsNothing =
        /[CD][0-9I]/.test(mangled.text.slice(mangled.at, mangled.at + 2)) || mangled.sees('cv');
      const part = unqualified(mangled, own);
      own = part.replace(/\[abi:.*$/, '');
      text = text === '' ? part : `${text}::${part}`;
    }
    mangled.remember(named(text));
  }
  // The whole is what a type or a function remembers, not its name.
  mangled.substitutions.pop();
  return { text, isTemplate, returnsNothing };
}

/** `std::vector<int>` → `vector`: what its constructor is called. */
function lastPart(text: string): string {
  const plain = text.replace(/<.*$/, '');
  return plain.slice(plain.lastIndexOf(':') + 1);
}

function localName(mangled: Mangled, isFunction: boolean): Name {
  const outer = encoding(mangled, true);
  mangled.must('E');
  if (mangled.take('s')) {
    mangled.match(/_\d|__\d+_/y);
    return { text: `${outer}()::string literal`, isTemplate: false, returnsNothing: false };
  }
  if (mangled.take('d')) mangled.sequence(10);
  const inner = name(mangled, isFunction);
  mangled.match(/_\d|__\d+_/y);
  return { ...inner, text: `${outer}()::${inner.text}` };
}

/** <unqualified-name>; `owner` is the class that constructors are of. */
function unqualified(mangled: Mangled, owner: string): string {
  mangled.take('L');
  const text = bare(mangled, owner);
  let tags = '';
  while (mangled.take('B')) tags += `[abi:${sourceName(mangled)}]`;
  return text + tags;
}

function bare(mangled: Mangled, owner: string): string {
  if (/\d/.test(mangled.next)) return sourceName(mangled);
  if (mangled.match(/C[1-5]/y)) return owner;
  if (mangled.match(/CI[12]/y)) {
    type(mangled);
    return owner;
  }
  if (mangled.match(/D[0-5]/y)) return `~${owner}`;
  if (mangled.take('Ut')) return `{unnamed type#${mangled.sequence(10) + 1}}`;
  if (mangled.take('Ul')) {
    const types = parameters(mangled, () => mangled.sees('E'));
    mangled.must('E');
    return `{lambda(${list(types)})#${mangled.sequence(10) + 1}}`;
  }
  if (mangled.take('cv')) return `operator ${textOf(type(mangled))}`;
  if (mangled.take('li')) return `operator"" ${sourceName(mangled)}`;
  const sign = OPERATORS[mangled.text.slice(mangled.at, mangled.at + 2)]?.sign;
  if (!sign) throw new Unreadable();
  mangled.at += 2;
  return `operator${/^[a-z]/.test(sign) ? ' ' : ''}${sign}`;
}

/** <source-name>. The namespaces without a name of compilers, nvcc's included, begin alike. */
export function sourceName(mangled: Mangled): string {
  const length = Number(mangled.match(/[1-9]\d*/y) ?? 0);
  const text = mangled.text.slice(mangled.at, mangled.at + length);
  if (length === 0 || text.length < length) throw new Unreadable();
  mangled.at += length;
  return /^_GLOBAL_[_.$]N/.test(text) ? '(anonymous namespace)' : text;
}

/** <substitution> but `St`. */
export function substitution(mangled: Mangled): Type {
  mangled.must('S');
  const standard = STANDARD[mangled.next];
  if (standard) {
    mangled.at += 1;
    return named(standard);
  }
  const known = mangled.substitutions[mangled.sequence(36)];
  if (!known) throw new Unreadable();
  return known;
}

/** <template-args>. `isFunction` as of `name`. */
export function templateArgs(mangled: Mangled, isFunction: boolean): { text: string } {
  mangled.must('I');
  const args: Type[] = [];
  if (isFunction) mangled.templateArgs = args;
  while (!mangled.take('E')) args.push(templateArg(mangled));
  return { text: `<${list(args)}>` };
}

function templateArg(mangled: Mangled): Type {
  if (mangled.take('X')) {
    const text = expression(mangled);
    mangled.must('E');
    return named(text);
  }
  if (mangled.sees('L')) return named(literal(mangled));
  // Old compilers mark packs like arguments.
  if (mangled.take('J') || mangled.take('I'))
    return { left: '', right: '', pack: mangled.until('E', () => templateArg(mangled)) };
  return type(mangled);
}
