/** <operator-name>: how it is written, and how many operands it takes in an expression. */
export const OPERATORS: Readonly<Record<string, { sign: string; operands: number }>> = Object.fromEntries(
  [
    ...signs(0, 'nw new', 'na new[]', 'dl delete', 'da delete[]', 'aw co_await', 'cl ()'),
    ...signs(1, 'ps +', 'ng -', 'ad &', 'de *', 'co ~', 'nt !', 'pp ++', 'mm --'),
    ...signs(2, 'pl +', 'mi -', 'ml *', 'dv /', 'rm %', 'an &', 'or |', 'eo ^', 'ls <<', 'rs >>', 'aS ='),
    ...signs(2, 'pL +=', 'mI -=', 'mL *=', 'dV /=', 'rM %=', 'aN &=', 'oR |=', 'eO ^=', 'lS <<=', 'rS >>='),
    ...signs(2, 'eq ==', 'ne !=', 'lt <', 'gt >', 'le <=', 'ge >=', 'ss <=>', 'aa &&', 'oo ||', 'cm ,'),
    ...signs(2, 'pm ->*', 'pt ->', 'ix []', 'ds .*'),
    ...signs(3, 'qu ?'),
  ].map(({ code, sign, operands }) => [code, { sign, operands }]),
);

function signs(operands: number, ...pairs: string[]) {
  return pairs.map(pair => ({ code: pair.slice(0, 2), sign: pair.slice(3), operands }));
}
