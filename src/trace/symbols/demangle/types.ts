import { expression } from './expressions.ts';
import { list, type Mangled, named, type Type, textOf, Unreadable } from './mangled.ts';
import { name, sourceName, substitution, templateArgs } from './names.ts';

const BUILTIN: Readonly<Record<string, string>> = {
  v: 'void',
  w: 'wchar_t',
  b: 'bool',
  c: 'char',
  a: 'signed char',
  h: 'unsigned char',
  s: 'short',
  t: 'unsigned short',
  i: 'int',
  j: 'unsigned int',
  l: 'long',
  m: 'unsigned long',
  x: 'long long',
  y: 'unsigned long long',
  n: '__int128',
  o: 'unsigned __int128',
  f: 'float',
  d: 'double',
  e: 'long double',
  g: '__float128',
  z: '...',
};

const BUILTIN_D: Readonly<Record<string, string>> = {
  Dn: 'decltype(nullptr)',
  Di: 'char32_t',
  Ds: 'char16_t',
  Du: 'char8_t',
  Da: 'auto',
  Dc: 'decltype(auto)',
  Dh: 'half',
  Df: 'decimal32',
  Dd: 'decimal64',
  De: 'decimal128',
};

/** <type>. */
export function type(mangled: Mangled): Type {
  return mangled.nested(() => builtin(mangled) ?? mangled.remember(compound(mangled)) ?? fail());
}

/** Parameters up to, and without, `end`: `v` alone is none. */
export function parameters(mangled: Mangled, isEnd: () => boolean): Type[] {
  const all: Type[] = [];
  while (!isEnd()) all.push(type(mangled));
  return all.length === 1 && all[0]!.left === 'void' && all[0]!.right === '' ? [] : all;
}

/** <template-param>. One that stands for nothing yet (`auto` of a lambda) is named `auto`. */
export function templateParam(mangled: Mangled): Type {
  mangled.must('T');
  const index = mangled.sequence(10);
  return mangled.templateArgs[index] ?? named('auto');
}

function fail(): never {
  throw new Unreadable();
}

/** Types without components, which nothing refers back to; and substitutions, which have been remembered before. */
function builtin(mangled: Mangled): Type | undefined {
  const plain = BUILTIN[mangled.next];
  if (plain) {
    mangled.at += 1;
    return named(plain);
  }
  const two = BUILTIN_D[mangled.text.slice(mangled.at, mangled.at + 2)];
  if (two) {
    mangled.at += 2;
    return named(two);
  }
  const float = mangled.match(/DF\d+[_bx]/y);
  if (float)
    return named(
      float.endsWith('b') ? '__bf16' : `_Float${float.slice(2, -1)}${float.endsWith('x') ? 'x' : ''}`,
    );
  if (mangled.sees('S') && !mangled.sees('St')) {
    const known = substitution(mangled);
    return mangled.sees('I')
      ? mangled.remember(named(textOf(known) + templateArgs(mangled, false).text))
      : known;
  }
  return undefined;
}

function compound(mangled: Mangled): Type {
  const qualifiers = mangled.match(/r?V?K?/y);
  if (qualifiers) return qualified(type(mangled), qualifiers);
  if (mangled.take('P')) return pointer(type(mangled), '*');
  if (mangled.take('R')) return pointer(type(mangled), '&');
  if (mangled.take('O')) return pointer(type(mangled), '&&');
  if (mangled.take('Dp')) return expanded(type(mangled));
  if (mangled.take('DT') || mangled.take('Dt')) {
    const text = expression(mangled);
    mangled.must('E');
    return named(`decltype(${text})`);
  }
  if (mangled.take('Dv')) {
    const length = mangled.match(/\d+/y) ?? fail();
    mangled.must('_');
    return named(`${textOf(type(mangled))} __vector(${length})`);
  }
  if (mangled.take('Do')) {
    const plain = functionType(mangled);
    return { ...plain, right: `${plain.right} noexcept` };
  }
  if (mangled.sees('F')) return functionType(mangled);
  if (mangled.take('A')) return arrayType(mangled);
  if (mangled.take('M')) return memberPointer(mangled);
  if (mangled.take('C')) return named(`${textOf(type(mangled))} _Complex`);
  if (mangled.take('u'))
    return named(sourceName(mangled) + (mangled.sees('I') ? templateArgs(mangled, false).text : ''));
  if (mangled.take('U')) {
    const word = sourceName(mangled) + (mangled.sees('I') ? templateArgs(mangled, false).text : '');
    return named(`${textOf(type(mangled))} ${word}`);
  }
  if (mangled.match(/T[sue]/y)) return named(name(mangled, false).text);
  if (mangled.sees('T')) return templated(mangled, templateParam(mangled));
  return named(name(mangled, false).text);
}

/** A template that is itself a parameter, with arguments. */
function templated(mangled: Mangled, template: Type): Type {
  if (!mangled.sees('I')) return template;
  mangled.remember(template);
  return named(textOf(template) + templateArgs(mangled, false).text);
}

function qualified(inner: Type, qualifiers: string): Type {
  const words = [...qualifiers]
    .reverse()
    .map(letter => ({ r: ' __restrict__', V: ' volatile', K: ' const' })[letter]);
  return each(inner, one =>
    one.isFunctionOrArray
      ? { ...one, right: one.right + words.join('') }
      : { ...one, left: one.left + words.join('') },
  );
}

function pointer(inner: Type, sign: string): Type {
  return each(inner, one => {
    // A reference to a reference is what the inner or the plain one of the two says.
    if (sign !== '*' && one.left.endsWith('&'))
      return sign === '&&' ? one : { ...one, left: one.left.replace(/&+$/, '&') };
    return one.isFunctionOrArray
      ? { left: `${one.left} (${sign}`, right: `)${one.right}` }
      : { left: one.left + sign, right: one.right };
  });
}

function each(inner: Type, change: (one: Type) => Type): Type {
  return inner.pack ? { left: '', right: '', pack: inner.pack.map(change) } : change(inner);
}

function expanded(inner: Type): Type {
  return inner.pack ? inner : { ...inner, right: `${inner.right}...` };
}

function functionType(mangled: Mangled): Type {
  mangled.must('F');
  mangled.take('Y');
  const returned = type(mangled);
  const types = parameters(mangled, () => mangled.sees('E') || mangled.sees('RE') || mangled.sees('OE'));
  const reference = mangled.take('R') ? ' &' : mangled.take('O') ? ' &&' : '';
  mangled.must('E');
  const right = `(${list(types)})${reference}${returned.right}`;
  return { left: returned.left, right, isFunctionOrArray: true };
}

function arrayType(mangled: Mangled): Type {
  const length = mangled.match(/\d+/y) ?? (mangled.sees('_') ? '' : expression(mangled));
  mangled.must('_');
  const element = type(mangled);
  return { left: element.left, right: `[${length}]${element.right}`, isFunctionOrArray: true };
}

function memberPointer(mangled: Mangled): Type {
  const owner = textOf(type(mangled));
  const member = type(mangled);
  return member.isFunctionOrArray
    ? { left: `${member.left} (${owner}::*`, right: `)${member.right}` }
    : { left: `${member.left} ${owner}::*`, right: member.right };
}
