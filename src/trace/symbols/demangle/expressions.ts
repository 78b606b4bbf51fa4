import { type Mangled, textOf, Unreadable } from './mangled.ts';
import { encoding, sourceName, templateArgs } from './names.ts';
import { OPERATORS } from './operators.ts';
import { templateParam, type } from './types.ts';

/** How the type of a whole number is said after it. */
const SUFFIX: Readonly<Record<string, string>> = { i: '', j: 'u', l: 'l', m: 'ul', x: 'll', y: 'ull' };

const CASTS: Readonly<Record<string, string>> = {
  sc: 'static_cast',
  dc: 'dynamic_cast',
  rc: 'reinterpret_cast',
  cc: 'const_cast',
};

/** <expression>: of template arguments and of types that depend on them. */
export function expression(mangled: Mangled): string {
  return mangled.nested(() => {
    if (mangled.sees('L')) return literal(mangled);
    if (/T[_\d]/.test(mangled.text.slice(mangled.at, mangled.at + 2))) return textOf(templateParam(mangled));
    if (mangled.match(/fp[rVK]*|fL\d+p[rVK]*/y) !== undefined) {
      return mangled.take('T') ? 'this' : `{parm#${mangled.sequence(10) + 1}}`;
    }
    if (/\d/.test(mangled.next)) return simpleName(mangled);
    return special(mangled) ?? operation(mangled);
  });
}

/** <expr-primary>: `Lb1E`, `Lin5E`, `LN3foo4ModeE2E`, `L_Z3barE`. */
export function literal(mangled: Mangled): string {
  mangled.must('L');
  if (mangled.take('_Z')) {
    const text = encoding(mangled, true);
    mangled.must('E');
    return text;
  }
  const letter = mangled.next;
  const kind = textOf(type(mangled));
  if (mangled.take('E')) return kind === 'decltype(nullptr)' ? 'nullptr' : kind;
  const digits = mangled.match(/n?[0-9a-f]*/y)!.replace(/^n/, '-');
  mangled.must('E');
  if (kind === 'bool') return digits === '0' ? 'false' : 'true';
  const suffix = kind === 'decltype(nullptr)' ? undefined : SUFFIX[letter];
  return suffix === undefined ? `(${kind})${digits}` : digits + suffix;
}

function special(mangled: Mangled): string | undefined {
  if (mangled.take('sr')) return `${textOf(type(mangled))}::${simpleName(mangled)}`;
  if (mangled.take('sZ'))
    return `sizeof...(${mangled.sees('T') ? textOf(templateParam(mangled)) : expression(mangled)})`;
  if (mangled.take('st')) return `sizeof (${textOf(type(mangled))})`;
  if (mangled.take('sz')) return `sizeof (${expression(mangled)})`;
  if (mangled.take('nx')) return `noexcept (${expression(mangled)})`;
  if (mangled.take('sp')) return `${expression(mangled)}...`;
  if (mangled.take('on')) return simpleName(mangled);
  if (mangled.take('dt')) return `${expression(mangled)}.${simpleName(mangled)}`;
  if (mangled.take('il')) return `{${several(mangled)}}`;
  if (mangled.take('tl')) return `${textOf(type(mangled))}{${several(mangled)}}`;
  if (mangled.take('cl')) return `${expression(mangled)}(${several(mangled)})`;
  if (mangled.take('cv')) {
    const kind = textOf(type(mangled));
    return `(${kind})(${mangled.take('_') ? several(mangled) : expression(mangled)})`;
  }
  const cast = CASTS[mangled.text.slice(mangled.at, mangled.at + 2)];
  if (!cast) return undefined;
  mangled.at += 2;
  return `${cast}<${textOf(type(mangled))}>(${expression(mangled)})`;
}

function operation(mangled: Mangled): string {
  const operator = OPERATORS[mangled.text.slice(mangled.at, mangled.at + 2)];
  if (!operator || operator.operands === 0) throw new Unreadable();
  mangled.at += 2;
  const { sign, operands } = operator;
  // The mark of ++ and -- before their operand.
  if (sign === '++' || sign === '--') mangled.take('_');
  const [first, second, third] = Array.from({ length: operands }, () => expression(mangled));
  if (operands === 1) return `${sign}${first}`;
  if (operands === 3) return `(${first} ? ${second} : ${third})`;
  return sign === '[]' ? `${first}[${second}]` : `(${first} ${sign} ${second})`;
}

const several = (mangled: Mangled) => mangled.until('E', () => expression(mangled)).join(', ');

function simpleName(mangled: Mangled): string {
  const text = sourceName(mangled);
  return mangled.sees('I') ? text + templateArgs(mangled, false).text : text;
}
